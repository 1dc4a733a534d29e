// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Names} from "src/registry/contract/Names.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract NamesTest is DirectoryTest {
    bytes private constant ALPHABET = "abcxyz0189.-.-A_ /";

    function test_accepts_names_at_both_ends_of_the_length() external pure {
        vm.assertTrue(Names.isValid("a"), "one letter");
        vm.assertTrue(Names.isValid("7"), "one digit");
        vm.assertTrue(Names.isValid(_repeat("a", 63)), "63 bytes");
        vm.assertTrue(!Names.isValid(""), "empty");
        vm.assertTrue(!Names.isValid(_repeat("a", 64)), "64 bytes");
    }

    function test_accepts_separators_only_between_letters_or_digits() external pure {
        vm.assertTrue(Names.isValid("acme.finance"), "dot");
        vm.assertTrue(Names.isValid("acme-2.eu"), "both");
        string[10] memory bad =
            [".acme", "acme.", "-acme", "acme-", "a..b", "a--b", "a.-b", "a-.b", ".", "-"];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.assertTrue(!Names.isValid(bytes(bad[i])), bad[i]);
        }
    }

    function test_accepts_no_byte_outside_the_alphabet() external pure {
        for (uint256 code = 0; code < 256; ++code) {
            bool expected = (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
            bytes memory name = abi.encodePacked("a", uint8(code), "a");
            bool separator = code == 45 || code == 46;
            vm.assertTrue(Names.isValid(name) == (expected || separator), "inner byte");
            vm.assertTrue(Names.isValid(abi.encodePacked(uint8(code))) == expected, "only byte");
        }
    }

    function testFuzz_agrees_with_the_definition_on_any_bytes(bytes calldata name) external pure {
        vm.assertTrue(Names.isValid(name) == _isName(name), "isValid");
    }

    function testFuzz_agrees_with_the_definition_on_likely_bytes(bytes memory name) external pure {
        for (uint256 i = 0; i < name.length; ++i) {
            name[i] = ALPHABET[uint8(name[i]) % ALPHABET.length];
        }
        vm.assertTrue(Names.isValid(name) == _isName(name), "isValid");
    }

    function testFuzz_admits_exactly_the_names_of_the_definition(bytes memory name) external {
        for (uint256 i = 0; i < name.length; ++i) {
            name[i] = ALPHABET[uint8(name[i]) % ALPHABET.length];
        }
        vm.assume(keccak256(name) != acme);
        if (!_isName(name)) refuses(abi.encodeWithSelector(InvalidName.selector, string(name)));
        vm.prank(registrar);
        directory.admit(string(name), stranger, address(0));
    }

    /// The rules of the design, one after another, as slowly as they read.
    function _isName(bytes memory name) private pure returns (bool) {
        if (name.length < 1 || name.length > 63) return false;
        for (uint256 i = 0; i < name.length; ++i) {
            if (!_isAlphanumeric(name[i]) && name[i] != "." && name[i] != "-") return false;
        }
        if (!_isAlphanumeric(name[0]) || !_isAlphanumeric(name[name.length - 1])) return false;
        for (uint256 i = 1; i < name.length; ++i) {
            if (!_isAlphanumeric(name[i - 1]) && !_isAlphanumeric(name[i])) return false;
        }
        return true;
    }

    function _isAlphanumeric(bytes1 character) private pure returns (bool) {
        bytes memory all = "abcdefghijklmnopqrstuvwxyz0123456789";
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i] == character) return true;
        }
        return false;
    }

    function _repeat(bytes1 character, uint256 times) private pure returns (bytes memory text) {
        text = new bytes(times);
        for (uint256 i = 0; i < times; ++i) {
            text[i] = character;
        }
    }
}

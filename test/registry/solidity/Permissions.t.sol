// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

/// @notice Who may what, and who may not: every function that writes, called by everyone.
contract PermissionsTest is DirectoryTest {
    uint256 private constant OWNER = 1;
    uint256 private constant OPERATOR = 2;
    uint256 private constant GUARDIAN = 4;
    uint256 private constant REGISTRAR = 8;
    uint256 private constant REVOKER = 16;
    uint256 private constant ADMIN = 32;
    uint256 private constant OFFERED = 64;
    uint256 private constant RECOVERED = 128;

    struct Rule {
        bytes data;
        uint256 allowed;
        bool alsoFrozen;
    }

    Rule[] private rules;
    address[] private cast;
    address private immutable offered = account("offered owner");
    address private immutable recovered = account("recovered owner");
    address private immutable newGuardian = account("new guardian");

    function setUp() public override {
        super.setUp();
        publish(LEAF);
        vm.prank(owner);
        directory.offerOwnership(acme, offered);
        vm.prank(owner);
        directory.changeGuardian(acme, newGuardian);
        vm.prank(registrar);
        directory.scheduleRecovery(acme, recovered);
        vm.warp(START + DELAY);
        cast = [owner, operator, guardian, registrar, revoker, admin, offered, recovered];
        cast.push(stranger);
        cast.push(boltOwner);
        cast.push(newGuardian);
        cast.push(address(0));
        cast.push(address(directory));
        _writeRules();
    }

    function test_everyone_does_what_they_may_and_nothing_else() external {
        for (uint256 i = 0; i < rules.length; ++i) {
            _check(rules[i]);
        }
        suspend();
        _check(Rule(abi.encodeCall(directory.reinstate, (acme)), REGISTRAR, false));
    }

    function test_nobody_is_guardian_or_operator_of_a_peer_without_them() external {
        vm.prank(boltOwner);
        directory.publish(bolt, 0, LEAF, CHAIN, PROOF);
        bytes[9] memory calls = [
            abi.encodeCall(directory.suspend, (bolt)),
            abi.encodeCall(directory.revoke, (bolt, 0, 1)),
            abi.encodeCall(directory.publish, (bolt, 1, LEAF, CHAIN, PROOF)),
            abi.encodeCall(directory.setProfile, (bolt, "{}")),
            abi.encodeCall(directory.recover, (bolt, stranger)),
            abi.encodeCall(directory.changeGuardian, (bolt, stranger)),
            abi.encodeCall(directory.confirmGuardian, (bolt, stranger)),
            abi.encodeCall(directory.cancelGuardianChange, (bolt)),
            abi.encodeCall(directory.cancelRecovery, (bolt))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            for (uint256 who = 0; who < cast.length; ++who) {
                bool mayStop = i < 2 && cast[who] == revoker;
                if (cast[who] == boltOwner || cast[who] == registrar || mayStop) continue;
                (bool done, bytes memory result) = _call(cast[who], calls[i]);
                vm.assertTrue(!done && bytes4(result) == NotAllowed.selector, "refused");
            }
        }
    }

    function test_a_frozen_directory_revokes_and_suspends_and_leaves_no_other_hole() external {
        freeze();
        for (uint256 i = 0; i < rules.length; ++i) {
            Rule storage rule = rules[i];
            for (uint256 who = 0; who < cast.length; ++who) {
                if (!_may(rule, who)) continue;
                (bool done, bytes memory result) = _call(cast[who], rule.data);
                if (rule.alsoFrozen) vm.assertTrue(done, "goes on while frozen");
                else vm.assertTrue(!done && bytes4(result) == Frozen.selector, "frozen");
            }
        }
    }

    function test_an_open_directory_that_is_frozen_registers_nobody() external {
        vm.prank(admin);
        directory.setOpenRegistration(true);
        freeze();
        refuses(abi.encodeWithSelector(Frozen.selector, stranger));
        vm.prank(stranger);
        directory.register("newcomer", address(0));
    }

    function test_nothing_but_revoking_changes_a_removed_peer() external {
        remove();
        for (uint256 i = 0; i < rules.length; ++i) {
            if (!_concerns(rules[i].data, acme)) continue;
            bytes4 selector = bytes4(rules[i].data);
            for (uint256 who = 0; who < cast.length; ++who) {
                if (!_may(rules[i], who)) continue;
                (bool done, bytes memory result) = _call(cast[who], rules[i].data);
                if (selector == directory.revoke.selector) vm.assertTrue(done, "revoked");
                else if (selector == directory.suspend.selector) vm.assertTrue(!done, "suspend");
                else vm.assertTrue(bytes4(result) == RemovedPeer.selector, "removed");
            }
        }
    }

    function test_nothing_can_be_done_to_a_peer_that_is_not_there() external {
        bytes32 nobody = keccak256("nobody");
        for (uint256 i = 0; i < rules.length; ++i) {
            if (!_concerns(rules[i].data, acme)) continue;
            bytes memory data = rules[i].data;
            assembly ("memory-safe") {
                mstore(add(data, 36), nobody)
            }
            for (uint256 who = 0; who < cast.length; ++who) {
                if (!_may(rules[i], who)) continue;
                (bool done, bytes memory result) = _call(cast[who], data);
                vm.assertTrue(!done && bytes4(result) == UnknownPeer.selector, "unknown");
            }
        }
    }

    function _writeRules() private {
        bytes32 revokerRole = directory.REVOKER_ROLE();
        uint256 stoppers = OWNER | GUARDIAN | REVOKER;
        _rule(abi.encodeCall(directory.suspend, (acme)), stoppers, true);
        _rule(abi.encodeCall(directory.revoke, (acme, 0, 1)), stoppers, true);
        _rule(abi.encodeCall(directory.grantRole, (revokerRole, stranger)), ADMIN, true);
        _rule(abi.encodeCall(directory.revokeRole, (revokerRole, revoker)), ADMIN, true);
        _rule(abi.encodeCall(directory.beginDefaultAdminTransfer, (stranger)), ADMIN, true);
        _rule(abi.encodeCall(directory.cancelDefaultAdminTransfer, ()), ADMIN, true);
        _rule(abi.encodeCall(directory.changeDefaultAdminDelay, (1)), ADMIN, true);
        _rule(abi.encodeCall(directory.rollbackDefaultAdminDelay, ()), ADMIN, true);
        _rule(abi.encodeCall(directory.freeze, (address(7))), ADMIN, true);
        _rule(abi.encodeCall(directory.setOpenRegistration, (true)), ADMIN, false);
        _rule(abi.encodeCall(directory.register, ("newcomer", address(0))), 0, false);
        _rule(abi.encodeCall(directory.admit, ("newcomer", stranger, guardian)), REGISTRAR, false);
        _rule(abi.encodeCall(directory.remove, (acme)), REGISTRAR, false);
        _rule(abi.encodeCall(directory.scheduleRecovery, (acme, stranger)), REGISTRAR, false);
        _rule(
            abi.encodeCall(directory.publish, (acme, 1, LEAF, "", PROOF)), OWNER | OPERATOR, false
        );
        _rule(abi.encodeCall(directory.setProfile, (acme, "{}")), OWNER | OPERATOR, false);
        _rule(abi.encodeCall(directory.setOperator, (acme, stranger)), OWNER, false);
        _rule(abi.encodeCall(directory.offerOwnership, (acme, stranger)), OWNER, false);
        _rule(abi.encodeCall(directory.acceptOwnership, (acme)), OFFERED, false);
        _rule(abi.encodeCall(directory.recover, (acme, stranger)), GUARDIAN, false);
        uint256 both = OWNER | GUARDIAN;
        _rule(abi.encodeCall(directory.changeGuardian, (acme, stranger)), both, false);
        _rule(abi.encodeCall(directory.confirmGuardian, (acme, newGuardian)), both, false);
        _rule(abi.encodeCall(directory.cancelGuardianChange, (acme)), both, false);
        _rule(abi.encodeCall(directory.cancelRecovery, (acme)), both | REGISTRAR, false);
        _rule(abi.encodeCall(directory.acceptRecovery, (acme)), RECOVERED, false);
    }

    function _rule(bytes memory data, uint256 allowed, bool alsoFrozen) private {
        rules.push(Rule(data, allowed, alsoFrozen));
    }

    function _may(Rule memory rule, uint256 who) private pure returns (bool) {
        return rule.allowed & (1 << who) != 0;
    }

    function _concerns(bytes memory data, bytes32 id) private pure returns (bool) {
        bytes32 first;
        assembly ("memory-safe") {
            first := mload(add(data, 36))
        }
        return first == id;
    }

    function _check(Rule memory rule) private {
        for (uint256 who = 0; who < cast.length; ++who) {
            (bool done, bytes memory result) = _call(cast[who], rule.data);
            vm.assertTrue(done == _may(rule, who), _describe(rule, who));
            if (!done) vm.assertTrue(_isRefusal(bytes4(result)), _describe(rule, who));
        }
    }

    /// Calls as someone and takes it back, whatever came of it.
    function _call(address who, bytes memory data)
        private
        returns (bool done, bytes memory result)
    {
        uint256 before = vm.snapshotState();
        vm.prank(who);
        (done, result) = address(directory).call(data);
        vm.revertToState(before);
    }

    function _isRefusal(bytes4 selector) private pure returns (bool) {
        return selector == NotAllowed.selector || selector == RegistrationClosed.selector
            || selector == IAccessControl.AccessControlUnauthorizedAccount.selector;
    }

    function _describe(Rule memory rule, uint256 who) private pure returns (string memory) {
        bytes memory digits = "0123456789abcdef";
        bytes memory text = bytes("0x00000000 by cast member 00");
        for (uint256 i = 0; i < 4; ++i) {
            text[2 + 2 * i] = digits[uint8(rule.data[i]) >> 4];
            text[3 + 2 * i] = digits[uint8(rule.data[i]) & 15];
        }
        text[26] = digits[who / 10];
        text[27] = digits[who % 10];
        return string(text);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {PeerDirectory} from "src/registry/contract/PeerDirectory.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract GovernanceTest is DirectoryTest {
    function test_records_every_change_of_a_role() external {
        bytes32 role = directory.REVOKER_ROLE();
        emits();
        emit RoleChanged(0, role, stranger, true, admin);
        vm.prank(admin);
        directory.grantRole(role, stranger);
        uint64 seq = directory.state().seq;
        vm.prank(admin);
        directory.grantRole(role, stranger);
        vm.assertEq(directory.state().seq, seq, "granting again changes nothing");
        emits();
        emit RoleChanged(0, role, stranger, false, admin);
        vm.prank(admin);
        directory.revokeRole(role, stranger);
        emits();
        emit RoleChanged(0, role, revoker, false, revoker);
        vm.prank(revoker);
        directory.renounceRole(role, revoker);
    }

    function test_takes_a_revokers_powers_with_the_role() external {
        bytes32 role = directory.REVOKER_ROLE();
        vm.prank(admin);
        directory.revokeRole(role, revoker);
        refuses(abi.encodeWithSelector(NotAllowed.selector, acme, revoker));
        suspend();
    }

    function test_hands_the_admin_over_in_two_steps_with_the_delay_between() external {
        vm.prank(admin);
        directory.beginDefaultAdminTransfer(stranger);
        bytes4 tooEarly =
            IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector;
        vm.warp(START + ADMIN_DELAY);
        refuses(abi.encodeWithSelector(tooEarly, START + ADMIN_DELAY));
        vm.prank(stranger);
        directory.acceptDefaultAdminTransfer();
        vm.warp(START + ADMIN_DELAY + 1);
        emits();
        emit RoleChanged(0, 0, admin, false, stranger);
        emits();
        emit RoleChanged(0, 0, stranger, true, stranger);
        vm.prank(stranger);
        directory.acceptDefaultAdminTransfer();
        vm.assertEq(directory.defaultAdmin(), stranger, "admin");
    }

    function test_hands_the_admin_to_nobody_else() external {
        vm.prank(admin);
        directory.beginDefaultAdminTransfer(stranger);
        vm.warp(START + ADMIN_DELAY + 1);
        refuses(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector, owner
            )
        );
        vm.prank(owner);
        directory.acceptDefaultAdminTransfer();
    }

    function test_freezes_for_good_and_names_a_successor() external {
        emits();
        emit DirectoryFrozen(0, stranger, admin);
        freeze();
        vm.assertTrue(directory.state().frozen, "frozen");
        vm.assertEq(directory.state().successor, stranger, "successor");
        vm.prank(admin);
        directory.freeze(address(7));
        vm.assertTrue(directory.state().frozen, "still frozen");
        vm.assertEq(directory.state().successor, address(7), "another successor");
    }

    function test_freezes_before_a_successor_is_known_but_never_names_itself() external {
        refuses(abi.encodeWithSelector(InvalidSuccessor.selector, address(directory)));
        vm.prank(admin);
        directory.freeze(address(directory));
        vm.prank(admin);
        directory.freeze(address(0));
        vm.assertTrue(directory.state().frozen, "frozen");
    }

    function test_changes_roles_and_hands_the_admin_over_while_frozen() external {
        freeze();
        bytes32 role = directory.REVOKER_ROLE();
        vm.prank(admin);
        directory.grantRole(role, stranger);
        vm.prank(stranger);
        directory.suspend(acme);
        vm.prank(admin);
        directory.beginDefaultAdminTransfer(stranger);
        vm.warp(START + ADMIN_DELAY + 1);
        vm.prank(stranger);
        directory.acceptDefaultAdminTransfer();
        vm.assertEq(directory.defaultAdmin(), stranger, "admin");
    }

    function test_is_deployed_with_a_delay_of_a_second_to_a_year() external {
        new PeerDirectory(admin, 0, 1, false);
        new PeerDirectory(admin, 0, 365 days, false);
        refuses(abi.encodeWithSelector(InvalidDelay.selector, 0));
        new PeerDirectory(admin, 0, 0, false);
        refuses(abi.encodeWithSelector(InvalidDelay.selector, 365 days + 1));
        new PeerDirectory(admin, 0, 365 days + 1, false);
    }

    function test_is_deployed_with_an_admin() external {
        refuses(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector,
                address(0)
            )
        );
        new PeerDirectory(address(0), 0, DELAY, false);
    }

    function test_can_be_deployed_open() external {
        PeerDirectory open = new PeerDirectory(admin, 0, DELAY, true);
        vm.assertTrue(open.state().openRegistration, "open");
        vm.assertEq(open.state().seq, 2, "the admin's role and the switch");
        vm.prank(stranger);
        open.register("newcomer", address(0));
    }

    function test_has_the_same_code_wherever_and_however_it_is_deployed() external {
        PeerDirectory other = new PeerDirectory(stranger, 5, 6, true);
        vm.assertEq(address(other).codehash, address(directory).codehash, "code hash");
        vm.assertTrue(address(other).code.length <= 24_576, "EIP-170");
    }

    function test_says_what_it_supports() external view {
        vm.assertTrue(directory.supportsInterface(type(IPeerDirectory).interfaceId), "directory");
        vm.assertTrue(
            directory.supportsInterface(type(IAccessControlDefaultAdminRules).interfaceId),
            "admin rules"
        );
        vm.assertTrue(directory.supportsInterface(0x01ffc9a7), "ERC-165");
        vm.assertTrue(!directory.supportsInterface(0xffffffff), "nothing else");
    }

    function test_takes_no_ether() external {
        (bool done,) = address(directory).call{value: 1}("");
        vm.assertTrue(!done, "plain transfer");
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract CustodyTest is DirectoryTest {
    function test_names_and_removes_the_operator() external {
        emits();
        emit OperatorChanged(acme, stranger, owner);
        vm.prank(owner);
        directory.setOperator(acme, stranger);
        vm.assertEq(peer("acme").operator, stranger, "operator");
        refuses(abi.encodeWithSelector(NotAllowed.selector, acme, operator));
        vm.prank(operator);
        directory.setProfile(acme, "{}");
        vm.prank(owner);
        directory.setOperator(acme, address(0));
        vm.assertEq(peer("acme").operator, address(0), "no operator");
    }

    function test_gives_one_account_one_part() external {
        address[3] memory parts = [owner, operator, guardian];
        for (uint256 i = 0; i < parts.length; ++i) {
            refuses(abi.encodeWithSelector(InvalidAccount.selector, parts[i]));
            vm.prank(owner);
            directory.setOperator(acme, parts[i]);
            refuses(abi.encodeWithSelector(InvalidAccount.selector, parts[i]));
            vm.prank(guardian);
            directory.changeGuardian(acme, parts[i]);
        }
        refuses(abi.encodeWithSelector(InvalidAccount.selector, guardian));
        vm.prank(owner);
        directory.offerOwnership(acme, guardian);
        refuses(abi.encodeWithSelector(InvalidAccount.selector, guardian));
        vm.prank(guardian);
        directory.recover(acme, guardian);
        refuses(abi.encodeWithSelector(InvalidAccount.selector, guardian));
        vm.prank(registrar);
        directory.scheduleRecovery(acme, guardian);
    }

    function test_hands_over_in_two_steps() external {
        emits();
        emit OwnershipOffered(acme, successorOwner, owner);
        vm.prank(owner);
        directory.offerOwnership(acme, successorOwner);
        vm.assertEq(peer("acme").owner, owner, "still the owner");
        vm.assertEq(peer("acme").offeredOwner, successorOwner, "offer");
        emits();
        emit OwnerChanged(acme, successorOwner, guardian, successorOwner);
        vm.prank(successorOwner);
        directory.acceptOwnership(acme);
        IPeerDirectory.Peer memory found = peer("acme");
        vm.assertEq(found.owner, successorOwner, "owner");
        vm.assertEq(found.guardian, guardian, "guardian");
        vm.assertEq(found.operator, address(0), "operator");
        vm.assertEq(found.offeredOwner, address(0), "no offer");
    }

    function test_withdraws_an_offer() external {
        refuses(abi.encodeWithSelector(NotPending.selector, acme));
        vm.prank(owner);
        directory.offerOwnership(acme, address(0));
        vm.prank(owner);
        directory.offerOwnership(acme, successorOwner);
        vm.prank(owner);
        directory.offerOwnership(acme, address(0));
        refuses(abi.encodeWithSelector(NotPending.selector, acme));
        vm.prank(successorOwner);
        directory.acceptOwnership(acme);
    }

    function test_refuses_an_offer_to_someone_who_became_guardian_meanwhile() external {
        vm.prank(owner);
        directory.offerOwnership(acme, successorOwner);
        vm.prank(guardian);
        directory.changeGuardian(acme, successorOwner);
        refuses(abi.encodeWithSelector(InvalidAccount.selector, successorOwner));
        vm.prank(successorOwner);
        directory.acceptOwnership(acme);
    }

    function test_recovers_by_the_guardian_at_once_and_voids_what_was_pending() external {
        vm.prank(owner);
        directory.offerOwnership(acme, stranger);
        vm.prank(owner);
        directory.changeGuardian(acme, stranger);
        vm.prank(registrar);
        directory.scheduleRecovery(acme, stranger);
        emits();
        emit OwnerChanged(acme, successorOwner, guardian, guardian);
        vm.prank(guardian);
        directory.recover(acme, successorOwner);
        IPeerDirectory.Peer memory found = peer("acme");
        vm.assertEq(found.owner, successorOwner, "owner");
        vm.assertEq(found.guardian, guardian, "guardian");
        vm.assertEq(found.operator, address(0), "operator");
        vm.assertEq(found.offeredOwner, address(0), "offer");
        vm.assertEq(found.guardianChange.readyAt, 0, "guardian change");
        vm.assertEq(found.recovery.readyAt, 0, "recovery");
    }

    function test_recovers_although_a_thief_made_the_new_owner_operator() external {
        vm.prank(owner);
        directory.setOperator(acme, successorOwner);
        vm.prank(guardian);
        directory.recover(acme, successorOwner);
        vm.assertEq(peer("acme").owner, successorOwner, "owner");
    }

    function test_recovers_to_no_zero_account() external {
        refuses(abi.encodeWithSelector(InvalidAccount.selector, address(0)));
        vm.prank(guardian);
        directory.recover(acme, address(0));
        refuses(abi.encodeWithSelector(InvalidAccount.selector, address(0)));
        vm.prank(registrar);
        directory.scheduleRecovery(acme, address(0));
    }

    function test_recovers_by_the_registrar_after_the_delay() external {
        uint64 readyAt = uint64(START) + DELAY;
        emits();
        emit RecoveryScheduled(acme, successorOwner, readyAt, registrar);
        vm.prank(registrar);
        directory.scheduleRecovery(acme, successorOwner);
        vm.assertEq(peer("acme").recovery.account, successorOwner, "target");
        vm.assertEq(peer("acme").recovery.readyAt, readyAt, "time");
        vm.warp(readyAt - 1);
        refuses(abi.encodeWithSelector(TooEarly.selector, acme, readyAt));
        vm.prank(successorOwner);
        directory.acceptRecovery(acme);
        vm.warp(readyAt);
        emits();
        emit OwnerChanged(acme, successorOwner, address(0), successorOwner);
        vm.prank(successorOwner);
        directory.acceptRecovery(acme);
        vm.assertEq(peer("acme").owner, successorOwner, "owner");
        vm.assertEq(peer("acme").guardian, address(0), "the guardian did not object and is gone");
        vm.assertEq(peer("acme").operator, address(0), "operator");
    }

    function test_cancels_a_recovery_by_owner_guardian_or_registrar() external {
        address[3] memory who = [owner, guardian, registrar];
        for (uint256 i = 0; i < who.length; ++i) {
            vm.prank(registrar);
            directory.scheduleRecovery(acme, stranger);
            emits();
            emit RecoveryCancelled(acme, who[i]);
            vm.prank(who[i]);
            directory.cancelRecovery(acme);
            vm.assertEq(peer("acme").recovery.readyAt, 0, "recovery");
        }
        vm.warp(START + 365 days);
        refuses(abi.encodeWithSelector(NotPending.selector, acme));
        vm.prank(stranger);
        directory.acceptRecovery(acme);
        refuses(abi.encodeWithSelector(NotPending.selector, acme));
        vm.prank(owner);
        directory.cancelRecovery(acme);
    }

    function test_starts_the_delay_anew_for_another_recovery() external {
        vm.prank(registrar);
        directory.scheduleRecovery(acme, stranger);
        vm.warp(START + DELAY);
        vm.prank(registrar);
        directory.scheduleRecovery(acme, successorOwner);
        refuses(abi.encodeWithSelector(NotAllowed.selector, acme, stranger));
        vm.prank(stranger);
        directory.acceptRecovery(acme);
        refuses(abi.encodeWithSelector(TooEarly.selector, acme, START + 2 * DELAY));
        vm.prank(successorOwner);
        directory.acceptRecovery(acme);
    }
}

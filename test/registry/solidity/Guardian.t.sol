// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract GuardianTest is DirectoryTest {
    address private immutable next = account("next guardian");

    function test_is_named_at_once_by_the_owner_of_a_peer_without_one() external {
        emits();
        emit GuardianChanged(bolt, next, boltOwner);
        vm.prank(boltOwner);
        directory.changeGuardian(bolt, next);
        vm.assertEq(peer("bolt.example-2").guardian, next, "guardian");
    }

    function test_names_its_own_successor_at_once_and_voids_the_owners_proposal() external {
        _propose(stranger);
        emits();
        emit GuardianChanged(acme, next, guardian);
        vm.prank(guardian);
        directory.changeGuardian(acme, next);
        vm.assertEq(peer("acme").guardian, next, "guardian");
        vm.assertEq(peer("acme").guardianChange.readyAt, 0, "proposal");
    }

    function test_resigns() external {
        vm.prank(guardian);
        directory.changeGuardian(acme, address(0));
        vm.assertEq(peer("acme").guardian, address(0), "guardian");
        refuses(abi.encodeWithSelector(NotAllowed.selector, acme, guardian));
        vm.prank(guardian);
        directory.recover(acme, stranger);
    }

    function test_is_replaced_by_the_owner_only_after_the_delay() external {
        uint64 readyAt = uint64(START) + DELAY;
        emits();
        emit GuardianChangeScheduled(acme, next, readyAt, owner);
        _propose(next);
        vm.assertEq(peer("acme").guardian, guardian, "still the guardian");
        vm.assertEq(peer("acme").guardianChange.account, next, "proposal");
        vm.warp(readyAt - 1);
        refuses(abi.encodeWithSelector(TooEarly.selector, acme, readyAt));
        _confirm(owner, next);
        vm.warp(readyAt);
        emits();
        emit GuardianChanged(acme, next, owner);
        _confirm(owner, next);
        vm.assertEq(peer("acme").guardian, next, "guardian");
        vm.assertEq(peer("acme").guardianChange.readyAt, 0, "no proposal");
    }

    function test_is_replaced_at_once_with_its_consent() external {
        _propose(next);
        _confirm(guardian, next);
        vm.assertEq(peer("acme").guardian, next, "guardian");
    }

    function test_consents_to_no_proposal_that_it_has_not_seen() external {
        _propose(next);
        _propose(stranger);
        refuses(abi.encodeWithSelector(NotPending.selector, acme));
        _confirm(guardian, next);
    }

    function test_is_told_again_when_the_owner_proposes_another() external {
        _propose(next);
        vm.warp(START + DELAY);
        _propose(stranger);
        refuses(abi.encodeWithSelector(TooEarly.selector, acme, START + 2 * DELAY));
        _confirm(owner, stranger);
    }

    function test_or_owner_cancels_a_proposal() external {
        address[2] memory who = [guardian, owner];
        for (uint256 i = 0; i < who.length; ++i) {
            _propose(next);
            emits();
            emit GuardianChangeCancelled(acme, who[i]);
            vm.prank(who[i]);
            directory.cancelGuardianChange(acme);
        }
        vm.warp(START + 365 days);
        refuses(abi.encodeWithSelector(NotPending.selector, acme));
        _confirm(owner, next);
        refuses(abi.encodeWithSelector(NotPending.selector, acme));
        vm.prank(owner);
        directory.cancelGuardianChange(acme);
    }

    function test_can_be_given_up_by_the_owner_after_the_delay() external {
        _propose(address(0));
        refuses(abi.encodeWithSelector(TooEarly.selector, acme, START + DELAY));
        _confirm(owner, address(0));
        vm.warp(START + DELAY);
        _confirm(owner, address(0));
        vm.assertEq(peer("acme").guardian, address(0), "guardian");
    }

    function test_is_no_account_that_got_another_part_meanwhile() external {
        _propose(next);
        vm.prank(owner);
        directory.setOperator(acme, next);
        refuses(abi.encodeWithSelector(InvalidAccount.selector, next));
        _confirm(guardian, next);
    }

    function test_takes_a_peer_back_from_a_thief_who_has_tried_everything() external {
        address thief = owner;
        vm.prank(thief);
        directory.setOperator(acme, successorOwner);
        vm.prank(thief);
        directory.offerOwnership(acme, stranger);
        _propose(stranger);
        vm.prank(stranger);
        directory.acceptOwnership(acme);
        vm.prank(stranger);
        directory.changeGuardian(acme, thief);
        vm.warp(START + DELAY - 1);
        vm.prank(guardian);
        directory.recover(acme, successorOwner);
        vm.warp(START + 365 days);
        refuses(abi.encodeWithSelector(NotAllowed.selector, acme, stranger));
        _confirm(stranger, thief);
        vm.assertEq(peer("acme").owner, successorOwner, "owner");
        vm.assertEq(peer("acme").guardian, guardian, "guardian");
    }

    function _propose(address account_) private {
        vm.prank(owner);
        directory.changeGuardian(acme, account_);
    }

    function _confirm(address who, address account_) private {
        vm.prank(who);
        directory.confirmGuardian(acme, account_);
    }
}

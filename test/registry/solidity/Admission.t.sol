// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract AdmissionTest is DirectoryTest {
    function test_admits_an_active_peer_under_the_hash_of_its_name() external {
        bytes32 id = keccak256("newcomer");
        emits();
        emit PeerAdmitted(id, "newcomer", stranger, guardian, registrar);
        vm.prank(registrar);
        vm.assertEq(directory.admit("newcomer", stranger, guardian), id, "id");
        IPeerDirectory.Peer memory found = peer("newcomer");
        vm.assertEq(found.id, id, "id");
        vm.assertEq(bytes(found.name), "newcomer", "name");
        vm.assertEq(found.owner, stranger, "owner");
        vm.assertEq(found.guardian, guardian, "guardian");
        vm.assertEq(found.operator, address(0), "operator");
        vm.assertEq(found.versions, 0, "versions");
        statusIs("newcomer", IPeerDirectory.Status.Active);
    }

    function test_stores_the_longest_name() external {
        string memory name = "a23456789.b23456789.c23456789.d23456789.e23456789.f23456789.g23";
        vm.prank(registrar);
        directory.admit(name, stranger, address(0));
        (, IPeerDirectory.Peer[] memory page) = directory.list(2, 1, false);
        vm.assertEq(bytes(page[0].name), bytes(name), "name");
    }

    function test_gives_no_name_twice() external {
        refuses(abi.encodeWithSelector(NameTaken.selector, "acme"));
        vm.prank(registrar);
        directory.admit("acme", stranger, address(0));
    }

    function test_gives_a_removed_name_to_nobody_again() external {
        emits();
        emit PeerRemoved(acme, registrar);
        remove();
        statusIs("acme", IPeerDirectory.Status.Removed);
        refuses(abi.encodeWithSelector(NameTaken.selector, "acme"));
        vm.prank(registrar);
        directory.admit("acme", owner, guardian);
    }

    function test_needs_an_owner_who_is_not_the_guardian_too() external {
        refuses(abi.encodeWithSelector(InvalidAccount.selector, address(0)));
        vm.prank(registrar);
        directory.admit("newcomer", address(0), guardian);
        refuses(abi.encodeWithSelector(InvalidAccount.selector, stranger));
        vm.prank(registrar);
        directory.admit("newcomer", stranger, stranger);
    }

    function test_registers_the_caller_while_registration_is_open() external {
        emits();
        emit OpenRegistrationSwitched(0, true, admin);
        vm.prank(admin);
        directory.setOpenRegistration(true);
        emits();
        emit PeerAdmitted(keccak256("newcomer"), "newcomer", stranger, guardian, stranger);
        vm.prank(stranger);
        directory.register("newcomer", guardian);
        vm.assertEq(peer("newcomer").owner, stranger, "owner");
    }

    function test_registers_no_bad_or_taken_name_while_open() external {
        vm.prank(admin);
        directory.setOpenRegistration(true);
        refuses(abi.encodeWithSelector(InvalidName.selector, "Acme"));
        vm.prank(stranger);
        directory.register("Acme", address(0));
        refuses(abi.encodeWithSelector(NameTaken.selector, "acme"));
        vm.prank(stranger);
        directory.register("acme", address(0));
    }

    function test_registers_nobody_once_registration_is_closed_again() external {
        vm.prank(admin);
        directory.setOpenRegistration(true);
        vm.prank(admin);
        directory.setOpenRegistration(false);
        refuses(abi.encodeWithSelector(RegistrationClosed.selector));
        vm.prank(stranger);
        directory.register("newcomer", address(0));
    }

    function test_suspends_until_a_registrar_reinstates() external {
        emits();
        emit PeerSuspended(acme, guardian);
        vm.prank(guardian);
        directory.suspend(acme);
        statusIs("acme", IPeerDirectory.Status.Suspended);
        emits();
        emit PeerReinstated(acme, registrar);
        vm.prank(registrar);
        directory.reinstate(acme);
        statusIs("acme", IPeerDirectory.Status.Active);
    }

    function test_suspends_only_the_active_and_reinstates_only_the_suspended() external {
        refuses(abi.encodeWithSelector(NotSuspended.selector, acme));
        vm.prank(registrar);
        directory.reinstate(acme);
        suspend();
        refuses(abi.encodeWithSelector(NotActive.selector, acme));
        suspend();
    }

    function test_brings_no_removed_peer_back() external {
        suspend();
        remove();
        refuses(abi.encodeWithSelector(RemovedPeer.selector, acme));
        vm.prank(registrar);
        directory.reinstate(acme);
        refuses(abi.encodeWithSelector(NotActive.selector, acme));
        suspend();
        refuses(abi.encodeWithSelector(RemovedPeer.selector, acme));
        remove();
    }

    function test_lets_a_suspended_peer_renew_before_it_is_reinstated() external {
        suspend();
        publish(LEAF);
        vm.assertEq(peer("acme").versions, 1, "versions");
        statusIs("acme", IPeerDirectory.Status.Suspended);
    }
}

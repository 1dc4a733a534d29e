// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {DirectoryTest} from "./DirectoryTest.sol";
import {HashChain} from "./HashChain.sol";
import {Vm, vm} from "./Vm.sol";

contract HashChainTest is DirectoryTest {
    using HashChain for HashChain.Reader;

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
    }

    function test_leads_from_deployment_to_the_state_over_every_kind_of_change() external {
        _live();
        HashChain.Reader memory reader = HashChain.begin(address(directory));
        reader.follow(vm.getRecordedLogs());
        vm.assertEq(reader.seq, directory.state().seq, "seq");
        vm.assertEq(reader.seq, 25, "changes");
        vm.assertEq(reader.head, directory.state().head, "head");
    }

    function testFuzz_betrays_a_hidden_event(uint256 which) external {
        _live();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log[] memory rest = _without(logs, which % logs.length);
        if (rest.length == logs.length) return;
        (bool done,) = address(this).call(abi.encodeCall(this.follow, (rest)));
        vm.assertTrue(!done, "the gap shows");
    }

    function testFuzz_betrays_a_changed_byte(uint256 which, uint256 where) external {
        _live();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Vm.Log memory log = logs[which % logs.length];
        vm.assume(log.data.length > 0 && _isOurs(log));
        log.data[where % log.data.length] ^= 0x01;
        (bool done,) = address(this).call(abi.encodeCall(this.follow, (logs)));
        vm.assertTrue(!done, "the change shows");
    }

    function test_binds_chain_and_address() external {
        bytes32 here = HashChain.begin(address(directory)).head;
        vm.assertTrue(here != HashChain.begin(address(1)).head, "address");
        vm.chainId(99);
        vm.assertTrue(here != HashChain.begin(address(directory)).head, "chain");
    }

    /// The head that was followed; with the last event hidden it is not the one that state() tells.
    function follow(Vm.Log[] calldata logs) external view {
        HashChain.Reader memory reader = HashChain.begin(address(directory));
        reader.follow(logs);
        vm.assertEq(reader.head, directory.state().head, "head");
    }

    /// Every kind of change at least once.
    function _live() private {
        vm.prank(admin);
        directory.setOpenRegistration(true);
        vm.prank(stranger);
        directory.register("newcomer", address(0));
        vm.prank(operator);
        directory.setProfile(acme, "{}");
        publish(LEAF);
        publish("second");
        vm.prank(guardian);
        directory.revoke(acme, 0, 4);
        _changeHands();
        suspend();
        vm.prank(registrar);
        directory.reinstate(acme);
        remove();
        vm.prank(admin);
        directory.freeze(address(7));
    }

    function _changeHands() private {
        vm.prank(owner);
        directory.changeGuardian(acme, stranger);
        vm.prank(owner);
        directory.cancelGuardianChange(acme);
        vm.prank(guardian);
        directory.changeGuardian(acme, stranger);
        vm.prank(owner);
        directory.offerOwnership(acme, successorOwner);
        vm.prank(successorOwner);
        directory.acceptOwnership(acme);
        vm.prank(registrar);
        directory.scheduleRecovery(acme, owner);
        vm.prank(registrar);
        directory.cancelRecovery(acme);
        vm.prank(registrar);
        directory.scheduleRecovery(acme, owner);
        vm.warp(block.timestamp + DELAY);
        vm.prank(owner);
        directory.acceptRecovery(acme);
    }

    /// The logs without one event of ours and the Changed that follows it.
    function _without(Vm.Log[] memory logs, uint256 which)
        private
        view
        returns (Vm.Log[] memory rest)
    {
        if (!_isOurs(logs[which]) || logs[which].topics[0] == Changed.selector) return logs;
        rest = new Vm.Log[](logs.length - 2);
        for (uint256 i = 0; i < rest.length; ++i) {
            rest[i] = logs[i < which ? i : i + 2];
        }
    }

    /// Whether the log is part of the hash chain: OpenZeppelin's own events are not.
    function _isOurs(Vm.Log memory log) private view returns (bool) {
        return log.emitter == address(directory)
            && (log.topics[0] == Changed.selector || log.topics.length == 2);
    }
}

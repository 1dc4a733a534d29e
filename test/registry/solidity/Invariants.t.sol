// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {PeerDirectory} from "src/registry/contract/PeerDirectory.sol";
import {Actor} from "./Actor.sol";
import {vm} from "./Vm.sol";

contract InvariantsTest {
    Actor private actor;

    function setUp() external {
        actor = new Actor();
    }

    /// Tells forge what to call: the actor's functions and nothing else.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actor);
    }

    /// The invariants hold of something: what the actor tries reaches every kind of change.
    function test_the_actor_reaches_every_change() external {
        bytes4[20] memory changes = _changes();
        uint256[20] memory reached;
        for (uint256 world = 0; world < 10; ++world) {
            actor = new Actor();
            for (uint256 i = 0; i < 200; ++i) {
                _act(uint256(keccak256(abi.encode(world, i))));
            }
            vm.assertEq(actor.brokenCount(), 0, actor.brokenCount() == 0 ? "" : actor.broken(0));
            for (uint256 i = 0; i < 20; ++i) {
                reached[i] += actor.done(changes[i]);
            }
        }
        for (uint256 i = 0; i < 20; ++i) {
            vm.assertTrue(
                reached[i] > 0,
                string(abi.encodePacked("never: ", vm.toString(abi.encodePacked(changes[i]))))
            );
        }
    }

    function _act(uint256 luck) private {
        bytes4[20] memory actions = [
            actor.suspend.selector,
            actor.reinstate.selector,
            actor.remove.selector,
            actor.publish.selector,
            actor.setProfile.selector,
            actor.revoke.selector,
            actor.setOperator.selector,
            actor.offerOwnership.selector,
            actor.acceptOwnership.selector,
            actor.recover.selector,
            actor.changeGuardian.selector,
            actor.confirmGuardian.selector,
            actor.cancelGuardianChange.selector,
            actor.scheduleRecovery.selector,
            actor.cancelRecovery.selector,
            actor.acceptRecovery.selector,
            actor.register.selector,
            actor.freeze.selector,
            actor.changeRole.selector,
            actor.pass.selector
        ];
        bytes memory arguments = abi.encode(luck >> 8, luck >> 48, luck >> 88, luck >> 128);
        (bool ran,) = address(actor).call(bytes.concat(actions[luck % 20], arguments));
        vm.assertTrue(ran, "the actor itself never reverts");
    }

    function _changes() private view returns (bytes4[20] memory) {
        PeerDirectory directory = actor.directory();
        return [
            directory.suspend.selector,
            directory.reinstate.selector,
            directory.remove.selector,
            directory.publish.selector,
            directory.setProfile.selector,
            directory.revoke.selector,
            directory.setOperator.selector,
            directory.offerOwnership.selector,
            directory.acceptOwnership.selector,
            directory.recover.selector,
            directory.changeGuardian.selector,
            directory.confirmGuardian.selector,
            directory.cancelGuardianChange.selector,
            directory.scheduleRecovery.selector,
            directory.cancelRecovery.selector,
            directory.acceptRecovery.selector,
            directory.register.selector,
            directory.freeze.selector,
            directory.grantRole.selector,
            directory.revokeRole.selector
        ];
    }

    /// One invariant for all of them: forge plays a campaign of its own for each.
    function invariant_the_directory_keeps_its_promises() external view {
        vm.assertEq(actor.brokenCount(), 0, actor.brokenCount() == 0 ? "" : actor.broken(0));
        _sequenceAndHeadFollowFromTheLogs();
        _everyPeerIsListedOnce();
    }

    function _sequenceAndHeadFollowFromTheLogs() private view {
        (uint64 seq, bytes32 head) = actor.followed();
        IPeerDirectory.State memory state = actor.directory().state();
        vm.assertEq(seq, state.seq, "seq");
        vm.assertEq(head, state.head, "head");
    }

    function _everyPeerIsListedOnce() private view {
        (, IPeerDirectory.Peer[] memory peers) = actor.directory().list(0, 500, false);
        vm.assertEq(peers.length, actor.directory().state().peers, "peers");
        for (uint256 a = 0; a < peers.length; ++a) {
            for (uint256 b = 0; b < a; ++b) {
                vm.assertTrue(peers[a].id != peers[b].id, "once");
            }
        }
    }
}

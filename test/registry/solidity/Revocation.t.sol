// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract RevocationTest is DirectoryTest {
    function setUp() public override {
        super.setUp();
        publish(LEAF);
        vm.warp(START + 1000);
    }

    function test_revokes_a_version_with_reason_and_time() external {
        emits();
        emit CertificateRevoked(acme, 0, sha256(LEAF), 1, uint64(START + 1000), guardian);
        vm.prank(guardian);
        directory.revoke(acme, 0, 1);
        vm.assertEq(published(acme, 0).revokedAt, START + 1000, "time");
        vm.assertEq(published(acme, 0).reason, 1, "reason");
    }

    function test_takes_the_final_reasons_of_RFC_5280_and_no_others() external {
        for (uint256 reason = 0; reason < 256; ++reason) {
            bool isFinal = reason < 6 || reason == 9 || reason == 10;
            uint256 before = vm.snapshotState();
            if (!isFinal) refuses(abi.encodeWithSelector(InvalidReason.selector, reason));
            vm.prank(revoker);
            directory.revoke(acme, 0, uint8(reason));
            vm.revertToState(before);
        }
    }

    function test_revokes_once_and_for_good() external {
        _revoke(0, 1);
        refuses(abi.encodeWithSelector(CertificateIsRevoked.selector, acme, sha256(LEAF)));
        _revoke(0, 0);
        vm.assertEq(published(acme, 0).reason, 1, "the first reason stays");
    }

    function test_publishes_no_revoked_certificate_again() external {
        _revoke(0, 1);
        refuses(abi.encodeWithSelector(CertificateIsRevoked.selector, acme, sha256(LEAF)));
        vm.prank(owner);
        directory.publish(acme, 1, LEAF, "another chain", "another proof");
    }

    function test_revokes_a_certificate_in_every_version_that_carries_it() external {
        publish("other");
        publish(LEAF);
        _revoke(0, 4);
        IPeerDirectory.Certificate[] memory all = directory.certificates(acme, 0, 3);
        vm.assertEq(all[0].revokedAt, START + 1000, "first");
        vm.assertEq(all[1].revokedAt, 0, "between");
        vm.assertEq(all[2].revokedAt, START + 1000, "third");
        vm.assertEq(all[2].reason, 4, "reason");
    }

    function test_leaves_another_peers_copy_of_the_certificate_alone() external {
        vm.prank(boltOwner);
        directory.publish(bolt, 0, LEAF, CHAIN, PROOF);
        vm.prank(boltOwner);
        directory.revoke(bolt, 0, 1);
        vm.assertEq(published(acme, 0).revokedAt, 0, "acme's own");
        publish(LEAF);
    }

    function test_keeps_a_revoked_version_the_newest() external {
        publish("newest");
        _revoke(1, 1);
        IPeerDirectory.Peer memory found = peer("acme");
        vm.assertEq(found.versions, 2, "versions");
        IPeerDirectory.Certificate memory newest = found.certificates[1];
        vm.assertEq(newest.fingerprint, sha256("newest"), "newest");
        vm.assertTrue(newest.revokedAt != 0, "revoked");
    }

    function test_revokes_no_version_that_was_not_published() external {
        refuses(abi.encodeWithSelector(UnknownVersion.selector, acme, 1));
        _revoke(1, 1);
    }

    function test_revokes_even_of_suspended_and_removed_peers_and_while_frozen() external {
        publish("second");
        publish("third");
        suspend();
        _revoke(0, 1);
        remove();
        _revoke(1, 1);
        freeze();
        _revoke(2, 1);
        IPeerDirectory.Certificate[] memory all = directory.certificates(acme, 0, 3);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertTrue(all[i].revokedAt != 0, "revoked");
        }
    }

    function _revoke(uint32 index, uint8 reason) private {
        vm.prank(revoker);
        directory.revoke(acme, index, reason);
    }
}

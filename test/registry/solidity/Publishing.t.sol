// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract PublishingTest is DirectoryTest {
    function test_publishes_leaf_chain_and_proof_in_the_event_and_in_the_record() external {
        emits();
        emit CertificatePublished(
            acme, 0, sha256(LEAF), owner, uint64(START), LEAF, CHAIN, PROOF, operator
        );
        vm.prank(operator);
        bytes32 fingerprint = directory.publish(acme, 0, LEAF, CHAIN, PROOF);
        vm.assertEq(fingerprint, sha256(LEAF), "returned fingerprint");
        IPeerDirectory.Certificate memory version = peer("acme").certificates[0];
        vm.assertEq(version.fingerprint, sha256(LEAF), "fingerprint");
        vm.assertEq(version.leaf, LEAF, "leaf");
        vm.assertEq(version.chain, CHAIN, "chain");
        vm.assertEq(version.proof, PROOF, "proof");
        vm.assertEq(version.owner, owner, "owner");
        vm.assertEq(version.publishedAt, START, "time");
        vm.assertEq(version.revokedAt, 0, "revocation");
    }

    function testFuzz_reads_back_any_bytes(
        bytes memory leaf,
        bytes memory chain,
        bytes memory proof
    ) external {
        vm.assume(leaf.length > 0 && proof.length > 0);
        vm.prank(owner);
        directory.publish(acme, 0, leaf, chain, proof);
        IPeerDirectory.Certificate memory version = published(acme, 0);
        vm.assertEq(version.fingerprint, sha256(leaf), "fingerprint");
        vm.assertEq(version.leaf, leaf, "leaf");
        vm.assertEq(version.chain, chain, "chain");
        vm.assertEq(version.proof, proof, "proof");
    }

    function test_appends_and_never_replaces_a_version() external {
        publish("first");
        vm.warp(START + 100);
        publish("second");
        IPeerDirectory.Certificate[] memory all = directory.certificates(acme, 0, 500);
        vm.assertEq(all.length, 2, "versions");
        vm.assertEq(all[0].leaf, "first", "first");
        vm.assertEq(all[0].publishedAt, START, "first time");
        vm.assertEq(all[1].leaf, "second", "second");
        vm.assertEq(all[1].publishedAt, START + 100, "second time");
        vm.assertEq(all[1].index, 1, "index");
    }

    function test_takes_no_version_but_the_next_one() external {
        publish(LEAF);
        refuses(abi.encodeWithSelector(VersionConflict.selector, 1, 0));
        vm.prank(owner);
        directory.publish(acme, 0, LEAF, CHAIN, PROOF);
        refuses(abi.encodeWithSelector(VersionConflict.selector, 1, 2));
        vm.prank(owner);
        directory.publish(acme, 2, LEAF, CHAIN, PROOF);
    }

    function test_takes_no_certificate_without_leaf_or_proof() external {
        refuses(abi.encodeWithSelector(IncompleteCertificate.selector));
        vm.prank(owner);
        directory.publish(acme, 0, "", CHAIN, PROOF);
        refuses(abi.encodeWithSelector(IncompleteCertificate.selector));
        vm.prank(owner);
        directory.publish(acme, 0, LEAF, CHAIN, "");
    }

    function test_takes_a_certificate_as_long_as_a_contracts_code_and_no_longer() external {
        uint256 limit = directory.MAX_CERTIFICATE();
        bytes memory chain = new bytes(limit - LEAF.length - PROOF.length);
        chain[chain.length - 1] = 0x2a;
        vm.prank(owner);
        directory.publish(acme, 0, LEAF, chain, PROOF);
        vm.assertEq(published(acme, 0).chain, chain, "chain");
        vm.assertEq(published(acme, 0).proof, PROOF, "proof");
        refuses(abi.encodeWithSelector(CertificateTooLong.selector, limit + 1, limit));
        vm.prank(owner);
        directory.publish(acme, 1, LEAF, bytes.concat(chain, hex"00"), PROOF);
    }

    function test_records_the_owner_of_the_time_of_publication() external {
        publish("under the first owner");
        vm.prank(guardian);
        directory.recover(acme, successorOwner);
        vm.prank(successorOwner);
        directory.publish(acme, 1, "under the second owner", CHAIN, PROOF);
        vm.assertEq(published(acme, 0).owner, owner, "first");
        vm.assertEq(published(acme, 1).owner, successorOwner, "second");
    }

    function test_replaces_the_profile() external {
        bytes memory profile = '{"inbox":"msg.in.acme"}';
        emits();
        emit ProfilePublished(acme, profile, operator);
        vm.prank(operator);
        directory.setProfile(acme, profile);
        vm.assertEq(peer("acme").profile, profile, "profile");
        vm.prank(owner);
        directory.setProfile(acme, "");
        vm.assertEq(peer("acme").profile, "", "empty profile");
    }

    function testFuzz_reads_back_any_profile(bytes calldata profile) external {
        vm.prank(owner);
        directory.setProfile(acme, profile);
        vm.assertEq(peer("acme").profile, profile, "profile");
    }

    function test_takes_a_profile_of_8_KiB_and_no_longer() external {
        vm.prank(owner);
        directory.setProfile(acme, new bytes(8192));
        refuses(abi.encodeWithSelector(ProfileTooLong.selector, 8193, 8192));
        vm.prank(owner);
        directory.setProfile(acme, new bytes(8193));
    }
}

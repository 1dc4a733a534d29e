// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {DirectoryTest} from "./DirectoryTest.sol";
import {vm} from "./Vm.sol";

contract ReadingTest is DirectoryTest {
    function test_tells_the_state_and_the_block_it_was_read_in() external {
        vm.roll(1234);
        vm.warp(START + 5);
        IPeerDirectory.State memory state = directory.state();
        vm.assertEq(state.seq, 6, "three roles, two peers, one operator");
        vm.assertEq(state.peers, 2, "peers");
        vm.assertTrue(!state.frozen && !state.openRegistration, "switches");
        vm.assertEq(state.recoveryDelay, DELAY, "delay");
        vm.assertEq(state.chainId, block.chainid, "chain");
        vm.assertEq(state.blockNumber, 1234, "block");
        vm.assertEq(state.blockTime, START + 5, "time");
        vm.assertEq(state.parentHash, blockhash(1233), "parent");
    }

    function test_finds_a_peer_and_the_state_in_one_call() external {
        publish(LEAF);
        vm.prank(owner);
        directory.setProfile(acme, "{}");
        (IPeerDirectory.State memory state, IPeerDirectory.Peer memory found) =
            directory.lookup("acme");
        bytes memory alone = abi.encode(directory.state());
        vm.assertEq(abi.encode(state), alone, "state");
        vm.assertEq(found.changedSeq, state.seq, "sequence");
        vm.assertEq(found.changedBlock, 1000, "block");
        vm.assertEq(found.profile, "{}", "profile");
        vm.assertEq(found.certificates[0].leaf, LEAF, "leaf");
    }

    function test_dates_a_peer_by_its_own_newest_change() external {
        vm.roll(2000);
        vm.prank(boltOwner);
        directory.setProfile(bolt, "{}");
        vm.assertEq(peer("acme").changedSeq, 6, "acme's sequence");
        vm.assertEq(peer("acme").changedBlock, 1000, "acme's block");
        vm.assertEq(peer("bolt.example-2").changedSeq, 7, "bolt's sequence");
        vm.assertEq(peer("bolt.example-2").changedBlock, 2000, "bolt's block");
    }

    function test_says_of_an_unknown_name_that_there_is_no_such_peer() external view {
        IPeerDirectory.Peer memory found = peer("nobody");
        vm.assertTrue(found.status == IPeerDirectory.Status.None, "status");
        vm.assertEq(found.id, keccak256("nobody"), "id");
        vm.assertEq(bytes(found.name), "nobody", "name");
        vm.assertEq(found.owner, address(0), "owner");
        vm.assertEq(found.certificates.length, 0, "certificates");
        vm.assertEq(directory.certificates(found.id, 0, 500).length, 0, "page");
    }

    function test_shows_a_removed_peer_as_removed() external {
        publish(LEAF);
        remove();
        statusIs("acme", IPeerDirectory.Status.Removed);
        vm.assertEq(peer("acme").certificates[0].leaf, LEAF, "history stays readable");
    }

    function test_keeps_a_peers_id_through_renewal_recovery_and_suspension() external {
        publish("first");
        publish("renewed");
        vm.prank(guardian);
        directory.recover(acme, successorOwner);
        suspend();
        vm.assertEq(peer("acme").id, acme, "id");
        vm.assertEq(peer("acme").versions, 2, "one history");
    }

    function test_lists_pages_in_the_order_of_admission() external {
        for (uint256 i = 0; i < 3; ++i) {
            _admit(i);
        }
        (, IPeerDirectory.Peer[] memory page) = directory.list(1, 3, true);
        vm.assertEq(page.length, 3, "length");
        vm.assertEq(bytes(page[0].name), "bolt.example-2", "first");
        vm.assertEq(bytes(page[1].name), "peer0", "second");
        vm.assertEq(bytes(page[2].name), "peer1", "third");
    }

    function testFuzz_pages_join_to_the_whole(uint256 size, uint256 from) external {
        for (uint256 i = 0; i < 9; ++i) {
            _admit(i);
        }
        size = 1 + (size % 12);
        (, IPeerDirectory.Peer[] memory all) = directory.list(0, 500, false);
        vm.assertEq(all.length, 11, "all");
        for (uint256 start = 0; start < 11; start += size) {
            (, IPeerDirectory.Peer[] memory page) = directory.list(start, size, false);
            vm.assertEq(page.length, start + size < 11 ? size : 11 - start, "length");
            for (uint256 i = 0; i < page.length; ++i) {
                vm.assertEq(page[i].id, all[start + i].id, "id");
            }
        }
        vm.assume(from >= 11);
        (, IPeerDirectory.Peer[] memory past) = directory.list(from, size, false);
        vm.assertEq(past.length, 0, "past the end");
    }

    function test_lists_no_page_of_more_than_500() external {
        directory.list(0, 500, false);
        refuses(abi.encodeWithSelector(PageTooLong.selector, 501, 500));
        directory.list(0, 501, false);
        refuses(abi.encodeWithSelector(PageTooLong.selector, 501, 500));
        directory.certificates(acme, 0, 501);
    }

    function test_leaves_the_bytes_out_of_summaries() external {
        publish(LEAF);
        vm.prank(owner);
        directory.setProfile(acme, "{}");
        (, IPeerDirectory.Peer[] memory brief) = directory.list(0, 1, false);
        vm.assertEq(brief[0].profile, "", "profile");
        vm.assertEq(brief[0].certificates[0].fingerprint, sha256(LEAF), "fingerprint");
        vm.assertEq(brief[0].certificates[0].leaf, "", "leaf");
        (, IPeerDirectory.Peer[] memory full) = directory.list(0, 1, true);
        vm.assertEq(
            keccak256(abi.encode(full[0])),
            keccak256(abi.encode(peer("acme"))),
            "the full entry is what lookup says"
        );
    }

    function test_shows_the_newest_versions_with_a_peer_and_pages_the_rest() external {
        uint256 recent = directory.RECENT();
        for (uint256 i = 0; i < recent + 3; ++i) {
            publish(abi.encode(i));
        }
        IPeerDirectory.Peer memory found = peer("acme");
        vm.assertEq(found.versions, recent + 3, "versions");
        vm.assertEq(found.certificates.length, recent, "recent");
        vm.assertEq(found.certificates[0].index, 3, "oldest of the recent");
        vm.assertEq(found.certificates[recent - 1].index, recent + 2, "newest");
        IPeerDirectory.Certificate[] memory rest = directory.certificates(acme, 0, 3);
        vm.assertEq(rest.length, 3, "rest");
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(rest[i].index, i, "index");
            vm.assertEq(rest[i].leaf, abi.encode(i), "leaf");
        }
        vm.assertEq(directory.certificates(acme, recent + 3, 1).length, 0, "past the end");
    }

    function _admit(uint256 number) private {
        vm.prank(registrar);
        directory.admit(
            string(abi.encodePacked("peer", bytes1(uint8(48 + number)))), stranger, address(0)
        );
    }
}

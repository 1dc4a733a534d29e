// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {PeerDirectory} from "src/registry/contract/PeerDirectory.sol";
import {HashChain} from "./HashChain.sol";
import {vm} from "./Vm.sol";

/// @notice Looks at the whole directory before and after every call and notes each broken promise.
abstract contract Watch {
    using HashChain for HashChain.Reader;

    PeerDirectory public directory;
    /// How many calls succeeded, so that no invariant holds for want of anything happening.
    mapping(bytes4 selector => uint256) public done;
    /// Broken promises, by name.
    string[] public broken;

    /// Forge may set the clock back between calls; every attempt sets it to this.
    uint256 internal time = 1_800_000_000;

    HashChain.Reader private reader;
    string[4] private watched;

    function _watch(PeerDirectory deployed, string[4] memory names) internal {
        directory = deployed;
        watched = names;
        reader = HashChain.begin(address(deployed));
    }

    function brokenCount() external view returns (uint256) {
        return broken.length;
    }

    /// @notice Sequence and head as a reader of the raw logs computes them.
    function followed() external view returns (uint64 seq, bytes32 head) {
        return (reader.seq, reader.head);
    }

    function _attempt(address who, bytes memory data) internal {
        vm.warp(time);
        IPeerDirectory.State memory stateBefore = directory.state();
        IPeerDirectory.Peer[4] memory before = _all();
        vm.prank(who);
        (bool succeeded,) = address(directory).call(data);
        _follow();
        IPeerDirectory.Peer[4] memory later = _all();
        if (succeeded) ++done[bytes4(data)];
        for (uint256 i = 0; i < 4; ++i) {
            _compare(before[i], later[i]);
            _compareCustody(before[i], later[i], who, bytes4(data));
            if (stateBefore.frozen) _compareFrozen(before[i], later[i]);
        }
        uint64 changes = directory.state().seq - stateBefore.seq;
        _note(changes <= 1 && (succeeded || changes == 0), "one change a call");
        _note(!stateBefore.frozen || directory.state().frozen, "frozen for good");
    }

    function _follow() internal {
        HashChain.Reader memory moving = reader;
        moving.follow(vm.getRecordedLogs());
        reader = moving;
    }

    function _find(bytes32 id) internal view returns (IPeerDirectory.Peer memory) {
        for (uint256 i = 0; i < 4; ++i) {
            if (keccak256(bytes(watched[i])) != id) continue;
            (, IPeerDirectory.Peer memory found) = directory.lookup(watched[i]);
            return found;
        }
        revert("not watched");
    }

    function _versions(bytes32 id)
        internal
        view
        returns (IPeerDirectory.Certificate[] memory all, uint32 count)
    {
        all = directory.certificates(id, 0, 500);
        count = uint32(all.length);
    }

    function _all() private view returns (IPeerDirectory.Peer[4] memory peers) {
        for (uint256 i = 0; i < 4; ++i) {
            (, peers[i]) = directory.lookup(watched[i]);
            peers[i].certificates = directory.certificates(peers[i].id, 0, 500);
        }
    }

    function _compare(IPeerDirectory.Peer memory before, IPeerDirectory.Peer memory later) private {
        bool removed = before.status == IPeerDirectory.Status.Removed;
        _note(!removed || later.status == IPeerDirectory.Status.Removed, "removed for good");
        _note(!removed || before.owner == later.owner, "removed names are not given again");
        bool known = before.status != IPeerDirectory.Status.None;
        _note(!known || later.status != IPeerDirectory.Status.None, "known for good");
        _note(later.certificates.length >= before.certificates.length, "versions are appended");
        for (uint256 i = 0; i < before.certificates.length; ++i) {
            _compareVersion(before.certificates[i], later.certificates[i]);
        }
        _compareRevocations(later.certificates);
        bool changed = keccak256(abi.encode(before)) != keccak256(abi.encode(later));
        _note(!changed || later.changedSeq == directory.state().seq, "a change dates the peer");
    }

    function _compareVersion(
        IPeerDirectory.Certificate memory before,
        IPeerDirectory.Certificate memory later
    ) private {
        _note(_content(before) == _content(later), "versions stay as published");
        bool same = before.revokedAt == later.revokedAt && before.reason == later.reason;
        _note(before.revokedAt == 0 || same, "revocations stay");
    }

    function _compareRevocations(IPeerDirectory.Certificate[] memory all) private {
        for (uint256 a = 0; a < all.length; ++a) {
            for (uint256 b = 0; b < a; ++b) {
                if (all[a].fingerprint != all[b].fingerprint) continue;
                _note(all[a].revokedAt == all[b].revokedAt, "revoked in every version");
            }
        }
    }

    function _content(IPeerDirectory.Certificate memory version) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                version.index,
                version.fingerprint,
                version.owner,
                version.publishedAt,
                version.leaf,
                version.chain,
                version.proof
            )
        );
    }

    function _compareCustody(
        IPeerDirectory.Peer memory before,
        IPeerDirectory.Peer memory later,
        address who,
        bytes4 selector
    ) private {
        if (before.status == IPeerDirectory.Status.None) return;
        bool byGuardian = before.guardian != address(0) && who == before.guardian;
        if (before.guardian != later.guardian) {
            bool delayed = selector == directory.confirmGuardian.selector
                && block.timestamp >= before.guardianChange.readyAt
                && before.guardianChange.readyAt != 0;
            bool unguarded = before.guardian == address(0) && who == before.owner;
            bool recovered = selector == directory.acceptRecovery.selector
                && block.timestamp >= before.recovery.readyAt;
            _note(byGuardian || delayed || unguarded || recovered, "guardian consents or had time");
        }
        if (before.owner != later.owner) {
            bool accepted = who == before.offeredOwner && who == later.owner;
            bool recovered = who == before.recovery.account && before.recovery.readyAt != 0
                && block.timestamp >= before.recovery.readyAt;
            _note(byGuardian || accepted || recovered, "owner hands over or is recovered");
            _note(later.operator == address(0), "a new owner has no operator");
        }
        _note(later.owner != address(0) && later.owner != later.guardian, "owner and guardian");
    }

    function _compareFrozen(IPeerDirectory.Peer memory before, IPeerDirectory.Peer memory later)
        private
    {
        bool suspended = later.status == IPeerDirectory.Status.Suspended
            && before.status == IPeerDirectory.Status.Active;
        _note(before.status == later.status || suspended, "frozen: only suspensions");
        bool same = before.owner == later.owner && before.operator == later.operator
            && before.guardian == later.guardian && before.offeredOwner == later.offeredOwner
            && before.guardianChange.readyAt == later.guardianChange.readyAt
            && before.recovery.readyAt == later.recovery.readyAt
            && keccak256(before.profile) == keccak256(later.profile)
            && before.versions == later.versions;
        _note(same, "frozen: no other change of a peer");
    }

    function _note(bool kept, string memory rule) private {
        if (!kept) broken.push(rule);
    }
}

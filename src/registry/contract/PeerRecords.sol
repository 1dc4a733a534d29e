// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CodeStore} from "./CodeStore.sol";
import {Governance} from "./Governance.sol";

/// @notice How the peers are stored and read.
abstract contract PeerRecords is Governance {
    uint256 public constant override MAX_PROFILE = 8192;
    uint256 public constant override MAX_CERTIFICATE = CodeStore.LIMIT;
    uint256 public constant override MAX_PAGE = 500;
    uint256 public constant override RECENT = 8;

    struct Version {
        bytes32 fingerprint;
        address owner;
        uint48 publishedAt;
        uint16 leafLength;
        uint16 chainLength;
        /// Leaf, chain and proof, one after another.
        address body;
    }

    struct Revocation {
        uint48 revokedAt;
        uint8 reason;
    }

    struct Scheduled {
        address account;
        uint48 readyAt;
    }

    struct Record {
        string name;
        address owner;
        Status status;
        uint40 changedSeq;
        uint48 changedBlock;
        address operator;
        address guardian;
        address offeredOwner;
        address profile;
        Scheduled guardianChange;
        Scheduled recovery;
        Version[] versions;
        /// By fingerprint, so that a certificate published twice is revoked in both versions.
        mapping(bytes32 fingerprint => Revocation) revocations;
    }

    mapping(bytes32 id => Record) private _records;
    bytes32[] internal _ids;

    function state() public view override returns (State memory) {
        return State({
            seq: _book.seq,
            head: _head,
            peers: uint64(_ids.length),
            frozen: _book.frozen,
            successor: _book.successor,
            openRegistration: _book.openRegistration,
            recoveryDelay: _book.recoveryDelay,
            chainId: block.chainid,
            blockNumber: uint64(block.number),
            parentHash: blockhash(block.number - 1),
            blockTime: uint64(block.timestamp)
        });
    }

    function lookup(string calldata name)
        external
        view
        override
        returns (State memory current, Peer memory peer)
    {
        current = state();
        peer = _peer(keccak256(bytes(name)), true);
        peer.name = name;
    }

    function list(uint256 from, uint256 count, bool full)
        external
        view
        override
        returns (State memory current, Peer[] memory page)
    {
        current = state();
        page = new Peer[](_pageSize(from, count, _ids.length));
        for (uint256 i = 0; i < page.length; ++i) {
            page[i] = _peer(_ids[from + i], full);
        }
    }

    function certificates(bytes32 id, uint256 from, uint256 count)
        external
        view
        override
        returns (Certificate[] memory)
    {
        Record storage record = _records[id];
        return _certificates(record, from, _pageSize(from, count, record.versions.length), true);
    }

    /// @notice The record of a peer, whatever its status.
    function _known(bytes32 id) internal view returns (Record storage record) {
        record = _records[id];
        if (record.status == Status.None) revert UnknownPeer(id);
    }

    /// @notice The record of a peer that may still change.
    function _present(bytes32 id) internal view returns (Record storage record) {
        record = _known(id);
        if (record.status == Status.Removed) revert RemovedPeer(id);
    }

    /// @notice Starts the record of a name; the name's shape has been checked.
    function _create(string calldata name) internal returns (bytes32 id, Record storage record) {
        id = keccak256(bytes(name));
        record = _records[id];
        if (record.status != Status.None) revert NameTaken(name);
        record.name = name;
        record.status = Status.Active;
        _ids.push(id);
    }

    /// @notice Records a change of a peer; see {Journal-_record}.
    function _change(bytes32 kind, bytes32 id, bytes memory data) internal {
        Record storage record = _records[id];
        record.changedSeq = _record(kind, id, data);
        record.changedBlock = uint48(block.number);
    }

    function _pageSize(uint256 from, uint256 count, uint256 total) private pure returns (uint256) {
        if (count > MAX_PAGE) revert PageTooLong(count, MAX_PAGE);
        if (from >= total) return 0;
        uint256 left = total - from;
        return count < left ? count : left;
    }

    function _peer(bytes32 id, bool full) private view returns (Peer memory peer) {
        Record storage record = _records[id];
        uint256 versions = record.versions.length;
        uint256 recent = versions < RECENT ? versions : RECENT;
        peer.id = id;
        peer.name = record.name;
        peer.status = record.status;
        peer.owner = record.owner;
        peer.operator = record.operator;
        peer.guardian = record.guardian;
        peer.changedSeq = record.changedSeq;
        peer.changedBlock = record.changedBlock;
        peer.offeredOwner = record.offeredOwner;
        peer.guardianChange = _pending(record.guardianChange);
        peer.recovery = _pending(record.recovery);
        if (full) peer.profile = _read(record.profile);
        peer.versions = uint32(versions);
        peer.certificates = _certificates(record, versions - recent, recent, full);
    }

    function _pending(Scheduled storage change) private view returns (Pending memory) {
        return Pending({account: change.account, readyAt: change.readyAt});
    }

    function _certificates(Record storage record, uint256 from, uint256 count, bool full)
        private
        view
        returns (Certificate[] memory page)
    {
        page = new Certificate[](count);
        for (uint256 i = 0; i < count; ++i) {
            Version storage version = record.versions[from + i];
            Revocation storage revocation = record.revocations[version.fingerprint];
            Certificate memory certificate = page[i];
            certificate.index = uint32(from + i);
            certificate.fingerprint = version.fingerprint;
            certificate.owner = version.owner;
            certificate.publishedAt = version.publishedAt;
            certificate.revokedAt = revocation.revokedAt;
            certificate.reason = revocation.reason;
            if (full) _readBody(version, certificate);
        }
    }

    function _readBody(Version storage version, Certificate memory certificate) private view {
        address body = version.body;
        uint256 leaf = version.leafLength;
        uint256 issuers = version.chainLength;
        uint256 proof = CodeStore.size(body) - leaf - issuers;
        certificate.leaf = CodeStore.read(body, 0, leaf);
        certificate.chain = CodeStore.read(body, leaf, issuers);
        certificate.proof = CodeStore.read(body, leaf + issuers, proof);
    }

    function _read(address store) private view returns (bytes memory) {
        if (store == address(0)) return "";
        return CodeStore.read(store, 0, CodeStore.size(store));
    }
}

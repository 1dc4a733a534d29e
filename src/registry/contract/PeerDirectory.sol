// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CodeStore} from "./CodeStore.sol";
import {Governance} from "./Governance.sol";
import {Names} from "./Names.sol";
import {PeerCustody} from "./PeerCustody.sol";

/// @title The consortium's address book
/// @notice Admission, publication and revocation; {IPeerDirectory} documents the whole. All of its
/// settings are in storage, so that every directory has the same code, which clients can check.
contract PeerDirectory is PeerCustody {
    /// @param admin Gives out the roles; hands over in two steps, `adminDelay` seconds apart.
    /// @param recoveryDelay Seconds before a registrar's recovery or an unapproved change of
    /// guardian can be completed: 1 to 365 days.
    /// @param open Whether anyone may register a free name, as tests and small groups like it.
    constructor(address admin, uint48 adminDelay, uint32 recoveryDelay, bool open)
        Governance(admin, adminDelay, recoveryDelay)
    {
        if (open) {
            _book.openRegistration = true;
            _record(OpenRegistrationSwitched.selector, DIRECTORY, abi.encode(true, msg.sender));
        }
    }

    function admit(string calldata name, address owner, address guardian)
        external
        override
        onlyRole(REGISTRAR_ROLE)
        whenNotFrozen
        returns (bytes32)
    {
        return _admit(name, owner, guardian);
    }

    function register(string calldata name, address guardian)
        external
        override
        whenNotFrozen
        returns (bytes32)
    {
        if (!_book.openRegistration) revert RegistrationClosed();
        return _admit(name, msg.sender, guardian);
    }

    function suspend(bytes32 id) external override {
        Record storage record = _known(id);
        _requireStopper(id, record);
        if (record.status != Status.Active) revert NotActive(id);
        record.status = Status.Suspended;
        _change(PeerSuspended.selector, id, abi.encode(msg.sender));
    }

    function reinstate(bytes32 id) external override onlyRole(REGISTRAR_ROLE) whenNotFrozen {
        Record storage record = _present(id);
        if (record.status != Status.Suspended) revert NotSuspended(id);
        record.status = Status.Active;
        _change(PeerReinstated.selector, id, abi.encode(msg.sender));
    }

    function remove(bytes32 id) external override onlyRole(REGISTRAR_ROLE) whenNotFrozen {
        _present(id).status = Status.Removed;
        _change(PeerRemoved.selector, id, abi.encode(msg.sender));
    }

    function publish(
        bytes32 id,
        uint32 index,
        bytes calldata leaf,
        bytes calldata chain,
        bytes calldata proof
    ) external override whenNotFrozen returns (bytes32 fingerprint) {
        Record storage record = _ofPublisher(id);
        uint32 next = uint32(record.versions.length);
        if (index != next) revert VersionConflict(next, index);
        _requireStorable(leaf.length, chain.length, proof.length);
        fingerprint = sha256(leaf);
        if (record.revocations[fingerprint].revokedAt != 0) {
            revert CertificateIsRevoked(id, fingerprint);
        }
        Version storage version = record.versions.push();
        version.fingerprint = fingerprint;
        version.owner = record.owner;
        version.publishedAt = uint48(block.timestamp);
        version.leafLength = uint16(leaf.length);
        version.chainLength = uint16(chain.length);
        version.body = CodeStore.write(bytes.concat(leaf, chain, proof));
        _change(
            CertificatePublished.selector, id, _encodeVersion(index, version, leaf, chain, proof)
        );
    }

    function setProfile(bytes32 id, bytes calldata profile) external override whenNotFrozen {
        Record storage record = _ofPublisher(id);
        if (profile.length > MAX_PROFILE) revert ProfileTooLong(profile.length, MAX_PROFILE);
        record.profile = CodeStore.write(profile);
        _change(ProfilePublished.selector, id, abi.encode(profile, msg.sender));
    }

    function revoke(bytes32 id, uint32 index, uint8 reason) external override {
        Record storage record = _known(id);
        _requireStopper(id, record);
        if (reason > 10 || (reason > 5 && reason < 9)) revert InvalidReason(reason);
        if (index >= record.versions.length) revert UnknownVersion(id, index);
        bytes32 fingerprint = record.versions[index].fingerprint;
        Revocation storage revocation = record.revocations[fingerprint];
        if (revocation.revokedAt != 0) revert CertificateIsRevoked(id, fingerprint);
        revocation.revokedAt = uint48(block.timestamp);
        revocation.reason = reason;
        _change(
            CertificateRevoked.selector,
            id,
            abi.encode(index, fingerprint, reason, block.timestamp, msg.sender)
        );
    }

    function _admit(string calldata name, address owner, address guardian)
        private
        returns (bytes32 id)
    {
        if (!Names.isValid(bytes(name))) revert InvalidName(name);
        if (owner == address(0) || owner == guardian) revert InvalidAccount(owner);
        Record storage record;
        (id, record) = _create(name);
        record.owner = owner;
        record.guardian = guardian;
        _change(PeerAdmitted.selector, id, abi.encode(name, owner, guardian, msg.sender));
    }

    function _requireStorable(uint256 leaf, uint256 chain, uint256 proof) private pure {
        if (leaf == 0 || proof == 0) revert IncompleteCertificate();
        uint256 length = leaf + chain + proof;
        if (length > MAX_CERTIFICATE) revert CertificateTooLong(length, MAX_CERTIFICATE);
    }

    function _encodeVersion(
        uint32 index,
        Version storage version,
        bytes calldata leaf,
        bytes calldata chain,
        bytes calldata proof
    ) private view returns (bytes memory) {
        return abi.encode(
            index,
            version.fingerprint,
            version.owner,
            version.publishedAt,
            leaf,
            chain,
            proof,
            msg.sender
        );
    }

    /// @notice The record of a peer for whom the caller may publish.
    function _ofPublisher(bytes32 id) private view returns (Record storage record) {
        record = _present(id);
        bool allowed = msg.sender == record.owner
            || (msg.sender != address(0) && msg.sender == record.operator);
        if (!allowed) revert NotAllowed(id, msg.sender);
    }

    /// @notice Reverts unless the caller may suspend the peer and revoke its certificates.
    function _requireStopper(bytes32 id, Record storage record) private view {
        bool allowed = msg.sender == record.owner || _isGuardian(record, msg.sender)
            || hasRole(REVOKER_ROLE, msg.sender);
        if (!allowed) revert NotAllowed(id, msg.sender);
    }
}

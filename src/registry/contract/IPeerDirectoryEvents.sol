// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What the directory records and how it refuses
/// @notice Every change emits one typed event and, as the contract's very next log, one {Changed}.
/// A typed event has exactly one indexed argument, `id`: the peer's id, or zero where the change
/// concerns the whole directory. All other arguments are in the log's data. So a reader checks the
/// history from raw logs, without decoding a single event:
///
///     kind    = topics[0] of the typed event
///     id      = topics[1] of the typed event
///     digest  = keccak256(data of the typed event)
///     head[0] = keccak256(abi.encode(keccak256("msg-directory-head-v1"), chainId, directory))
///     head[n] = keccak256(abi.encode(head[n - 1], uint64(n), id, kind, digest))
///
/// where abi.encode makes 32-byte words: three for head[0] (96 bytes), five for head[n] (160
/// bytes). Times are block times in seconds since 1970; `by` is the account that made the change.
interface IPeerDirectoryEvents {
    /// @notice Follows every typed event. `seq` counts from 1, without gaps.
    event Changed(
        uint64 indexed seq, bytes32 indexed id, bytes32 indexed kind, bytes32 digest, bytes32 head
    );

    /// @notice A name was given out; the peer is active. `guardian` is zero where there is none.
    event PeerAdmitted(
        bytes32 indexed id, string name, address owner, address guardian, address by
    );
    /// @notice The peer may not take part until a registrar reinstates it.
    event PeerSuspended(bytes32 indexed id, address by);
    event PeerReinstated(bytes32 indexed id, address by);
    /// @notice The peer is gone for good and its name is never given out again.
    event PeerRemoved(bytes32 indexed id, address by);

    event ProfilePublished(bytes32 indexed id, bytes profile, address by);
    /// @notice Version `index` of the peer's certificate; `proof` names the account `owner`.
    /// @param fingerprint SHA-256 of `leaf`, computed by the contract.
    event CertificatePublished(
        bytes32 indexed id,
        uint32 index,
        bytes32 fingerprint,
        address owner,
        uint64 publishedAt,
        bytes leaf,
        bytes chain,
        bytes proof,
        address by
    );
    /// @notice The certificate of version `index`, and so every version of the peer with the same
    /// fingerprint, is revoked for good.
    event CertificateRevoked(
        bytes32 indexed id,
        uint32 index,
        bytes32 fingerprint,
        uint8 reason,
        uint64 revokedAt,
        address by
    );

    /// @notice `operator` is zero where there is none from now on.
    event OperatorChanged(bytes32 indexed id, address operator, address by);
    /// @notice `newOwner` may accept the peer; zero withdraws an earlier offer.
    event OwnershipOffered(bytes32 indexed id, address newOwner, address by);
    /// @notice A hand-over or recovery took place: `owner` and `guardian` hold from now on, there
    /// is no operator, and whatever was pending (offer, guardian change, recovery) is void.
    event OwnerChanged(bytes32 indexed id, address owner, address guardian, address by);

    event GuardianChangeScheduled(
        bytes32 indexed id, address newGuardian, uint64 readyAt, address by
    );
    event GuardianChangeCancelled(bytes32 indexed id, address by);
    /// @notice `guardian` holds from now on (zero: there is none) and no change of it is pending.
    event GuardianChanged(bytes32 indexed id, address guardian, address by);

    event RecoveryScheduled(bytes32 indexed id, address newOwner, uint64 readyAt, address by);
    event RecoveryCancelled(bytes32 indexed id, address by);

    /// @notice Writes stopped for good. `successor` is zero while none is named. `id` is zero.
    event DirectoryFrozen(bytes32 indexed id, address successor, address by);
    /// @notice Whether anyone may register a free name. `id` is zero.
    event OpenRegistrationSwitched(bytes32 indexed id, bool open, address by);
    /// @notice A role was given or taken; roles as in OpenZeppelin's AccessControl. `id` is zero.
    event RoleChanged(bytes32 indexed id, bytes32 role, address account, bool granted, address by);

    /// @notice The directory is frozen: only revoking, suspending and the admin's affairs go on.
    error Frozen(address successor);
    /// @notice `account` may not do this to the peer.
    error NotAllowed(bytes32 id, address account);
    error RegistrationClosed();
    error UnknownPeer(bytes32 id);
    /// @notice The peer was removed.
    error RemovedPeer(bytes32 id);
    /// @notice Only an active peer can be suspended.
    error NotActive(bytes32 id);
    /// @notice Only a suspended peer can be reinstated.
    error NotSuspended(bytes32 id);

    /// @notice Not 1 to 63 of `[a-z0-9.-]`, alphanumeric at both ends, no two separators in a row.
    error InvalidName(string name);
    /// @notice The name belongs or once belonged to a peer.
    error NameTaken(string name);
    /// @notice The account is zero or has another part (owner, operator, guardian) in this peer.
    error InvalidAccount(address account);

    error ProfileTooLong(uint256 length, uint256 limit);
    /// @notice The certificate or its proof is missing.
    error IncompleteCertificate();
    /// @notice Leaf, chain and proof together are longer than one contract's code can be.
    error CertificateTooLong(uint256 length, uint256 limit);
    /// @notice The proof names a version that is not the next one.
    error VersionConflict(uint32 expected, uint32 given);
    error UnknownVersion(bytes32 id, uint32 index);
    /// @notice The certificate was revoked; revocation is final.
    error CertificateIsRevoked(bytes32 id, bytes32 fingerprint);
    /// @notice Not a CRLReason (RFC 5280, section 5.3.1) that a final revocation can have.
    error InvalidReason(uint8 reason);

    /// @notice Nothing to accept, confirm or cancel, or something else than the caller expects.
    error NotPending(bytes32 id);
    /// @notice The delay ends at `readyAt`, in seconds since 1970.
    error TooEarly(bytes32 id, uint64 readyAt);

    error PageTooLong(uint256 count, uint256 limit);
    /// @notice Not between one second and 365 days.
    error InvalidDelay(uint256 delay);
    /// @notice A directory cannot be its own successor.
    error InvalidSuccessor(address successor);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectoryEvents} from "./IPeerDirectoryEvents.sol";

/// @title The consortium's address book
/// @notice Says who may speak for a name and keeps an append-only history. It judges no
/// certificate: every reader validates chain, name and proof against its own trust anchors, and
/// fails closed.
///
/// Who may what, besides reading (the admin's part is OpenZeppelin's
/// AccessControlDefaultAdminRules):
///
///     owner      publish, revoke, suspend, operator, hand over, propose another guardian
///     operator   publish certificates and the profile, nothing else
///     guardian   revoke, suspend, recover to another owner, name or refuse another guardian
///     REGISTRAR  admit, reinstate, remove, recover after a delay unless owner or guardian object
///     REVOKER    revoke, suspend
///     admin      give and take roles, open registration, freeze
///
/// The contract has no proxy. A frozen directory still revokes, suspends, gives and takes roles;
/// everything else reverts with {Frozen}.
interface IPeerDirectory is IPeerDirectoryEvents {
    /// @dev `None` is what {lookup} says of a name that was never given out.
    enum Status {
        None,
        Active,
        Suspended,
        Removed
    }

    /// @notice How far a view reaches, and the block that it was read in.
    struct State {
        /// Number of changes so far.
        uint64 seq;
        /// Hash chain over all changes; see {IPeerDirectoryEvents}.
        bytes32 head;
        /// Number of peers ever admitted, removed ones included.
        uint64 peers;
        bool frozen;
        /// To be shown, never followed automatically; zero where none is named.
        address successor;
        bool openRegistration;
        /// Seconds that a registrar's recovery or an unapproved change of guardian has to wait.
        uint64 recoveryDelay;
        uint256 chainId;
        uint64 blockNumber;
        bytes32 parentHash;
        /// Seconds since 1970.
        uint64 blockTime;
    }

    /// @notice One version of a peer's certificate. `leaf`, `chain` and `proof` are empty in
    /// summaries.
    struct Certificate {
        /// 0, 1, 2, ... in the order of publication. The highest is current, unless it is revoked:
        /// then the peer has no certificate, never an older one.
        uint32 index;
        /// SHA-256 of `leaf`.
        bytes32 fingerprint;
        /// The peer's owner when this version was published: the account that `proof` names.
        address owner;
        /// Seconds since 1970.
        uint64 publishedAt;
        /// Seconds since 1970; 0 where not revoked.
        uint64 revokedAt;
        /// CRLReason (RFC 5280, section 5.3.1); meaningless where not revoked.
        uint8 reason;
        /// The certificate's DER.
        bytes leaf;
        /// The issuers' DER, one after another, nearest first, without the anchor; may be empty.
        bytes chain;
        /// The certificate key's signature over the binding text.
        bytes proof;
    }

    /// @notice A change that can be completed from `readyAt` on; none is pending where that is 0.
    struct Pending {
        address account;
        /// Seconds since 1970.
        uint64 readyAt;
    }

    struct Peer {
        /// keccak256 of the name.
        bytes32 id;
        string name;
        Status status;
        address owner;
        /// Zero where there is none.
        address operator;
        /// Zero where there is none.
        address guardian;
        /// Sequence and block of the newest change to this record.
        uint64 changedSeq;
        uint64 changedBlock;
        /// May accept the peer; zero where it is not on offer.
        address offeredOwner;
        /// A change of guardian that the guardian has not consented to.
        Pending guardianChange;
        /// A recovery by the registrar.
        Pending recovery;
        /// Canonical JSON, at most {MAX_PROFILE} bytes; empty in summaries. The contract does not
        /// parse it.
        bytes profile;
        /// Number of versions ever published.
        uint32 versions;
        /// The newest {RECENT} versions, oldest first; {certificates} has the rest.
        Certificate[] certificates;
    }

    /// @notice Longest profile in bytes.
    function MAX_PROFILE() external view returns (uint256);

    /// @notice Most bytes of leaf, chain and proof together: one contract's code, less one byte.
    function MAX_CERTIFICATE() external view returns (uint256);

    /// @notice Most entries of one {list} or {certificates} page.
    function MAX_PAGE() external view returns (uint256);

    /// @notice How many versions come with a peer, so that no peer can make a page unreadable.
    function RECENT() external view returns (uint256);

    function REGISTRAR_ROLE() external view returns (bytes32);

    function REVOKER_ROLE() external view returns (bytes32);

    function state() external view returns (State memory);

    /// @notice Everything about one peer and the state it belongs to, in one call.
    /// @return current The directory's state.
    /// @return peer The peer; where there is none, `Status.None` and empty but for id and name.
    function lookup(string calldata name)
        external
        view
        returns (State memory current, Peer memory peer);

    /// @notice A page of all peers in the order of admission, and the state it belongs to.
    /// @param from Position of the first peer, from 0; past the end the page is empty.
    /// @param count At most {MAX_PAGE}. 200 full peers with certificates of 3 kB take 15 million
    /// gas, 500 take 60 million: more than nodes usually grant one call.
    /// @param full Whether profiles, leaves, chains and proofs are wanted.
    function list(uint256 from, uint256 count, bool full)
        external
        view
        returns (State memory current, Peer[] memory page);

    /// @notice A page of one peer's versions, oldest first, with their bytes.
    /// @param from Index of the first version; past the end the page is empty.
    /// @param count At most {MAX_PAGE}.
    function certificates(bytes32 id, uint256 from, uint256 count)
        external
        view
        returns (Certificate[] memory page);

    /// @notice Gives a free name to an owner. REGISTRAR only.
    /// @param guardian May be zero: none.
    function admit(string calldata name, address owner, address guardian)
        external
        returns (bytes32 id);

    /// @notice Takes a free name for the caller, while registration is open.
    function register(string calldata name, address guardian) external returns (bytes32 id);

    /// @notice Stops an active peer at once. Owner, guardian or REVOKER; also while frozen.
    function suspend(bytes32 id) external;

    /// @notice Lifts a suspension. REGISTRAR only.
    function reinstate(bytes32 id) external;

    /// @notice Removes a peer for good. REGISTRAR only.
    function remove(bytes32 id) external;

    /// @notice Publishes the next version of the certificate. Owner or operator; also of a
    /// suspended peer, which has to renew before it is reinstated.
    /// @param index The version that `proof` names: the next one, or {VersionConflict}.
    /// @param chain May be empty.
    /// @return fingerprint SHA-256 of `leaf`.
    function publish(
        bytes32 id,
        uint32 index,
        bytes calldata leaf,
        bytes calldata chain,
        bytes calldata proof
    ) external returns (bytes32 fingerprint);

    /// @notice Replaces the profile. Owner or operator.
    function setProfile(bytes32 id, bytes calldata profile) external;

    /// @notice Revokes the certificate of version `index`, for good and in every version that
    /// carries it. Owner, guardian or REVOKER; also while frozen and of suspended or removed peers.
    /// @param reason CRLReason 0 to 5, 9 or 10: holds (6) and their lifting (8) would not be final.
    function revoke(bytes32 id, uint32 index, uint8 reason) external;

    /// @notice Names the account that may publish; zero for none. Owner only.
    function setOperator(bytes32 id, address operator) external;

    /// @notice Offers the peer to another account; zero withdraws the offer. Owner only.
    function offerOwnership(bytes32 id, address newOwner) external;

    /// @notice Takes over an offered peer. The offered owner only.
    function acceptOwnership(bytes32 id) external;

    /// @notice Puts another owner in place at once, whatever the present one does. Guardian only.
    function recover(bytes32 id, address newOwner) external;

    /// @notice Names another guardian; zero for none. By the guardian, or by the owner of a peer
    /// without one: at once. By the owner of a peer with one: scheduled, see {confirmGuardian}.
    function changeGuardian(bytes32 id, address newGuardian) external;

    /// @notice Completes a scheduled change: the guardian at any time, the owner after the delay.
    /// @param newGuardian The account that was proposed, so that none is confirmed unseen.
    function confirmGuardian(bytes32 id, address newGuardian) external;

    /// @notice Cancels a scheduled change of guardian. Owner or guardian.
    function cancelGuardianChange(bytes32 id) external;

    /// @notice Announces a recovery of a peer whose accounts are lost. REGISTRAR only. A later call
    /// replaces an earlier one and starts the delay anew.
    function scheduleRecovery(bytes32 id, address newOwner) external;

    /// @notice Cancels a recovery. Owner, guardian or REGISTRAR.
    function cancelRecovery(bytes32 id) external;

    /// @notice Takes over a recovered peer once the delay is over. The new owner only. The
    /// guardian, who did not object, is gone too.
    function acceptRecovery(bytes32 id) external;

    /// @notice Lets anyone register a free name, or no longer. Admin only.
    function setOpenRegistration(bool open) external;

    /// @notice Stops all writes but revoking and suspending, for good. Admin only; called again, it
    /// names another successor.
    /// @param successor May be zero while there is none.
    function freeze(address successor) external;
}

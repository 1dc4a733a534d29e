// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectoryEvents} from "./IPeerDirectoryEvents.sol";

/// @notice The gap-free sequence and hash chain that every change goes through, and the
/// directory-wide switches, which share a storage slot with the sequence.
abstract contract Journal is IPeerDirectoryEvents {
    /// The `id` of changes that concern the whole directory.
    bytes32 internal constant DIRECTORY = bytes32(0);

    struct Book {
        uint40 seq;
        uint32 recoveryDelay;
        bool frozen;
        bool openRegistration;
        address successor;
    }

    Book internal _book;
    bytes32 internal _head;

    constructor() {
        _head =
            keccak256(abi.encode(keccak256("msg-directory-head-v1"), block.chainid, address(this)));
    }

    modifier whenNotFrozen() {
        if (_book.frozen) revert Frozen(_book.successor);
        _;
    }

    /// @notice Emits a typed event and extends the hash chain over the very bytes that were logged.
    /// @param kind The event's selector.
    /// @param id The event's only indexed argument.
    /// @param data Its other arguments, by abi.encode.
    function _record(bytes32 kind, bytes32 id, bytes memory data) internal returns (uint40 seq) {
        bytes32 digest = keccak256(data);
        assembly ("memory-safe") {
            log2(add(data, 32), mload(data), kind, id)
        }
        seq = ++_book.seq;
        bytes32 head = keccak256(abi.encode(_head, seq, id, kind, digest));
        _head = head;
        emit Changed(seq, id, kind, digest, head);
    }
}

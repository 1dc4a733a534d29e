// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectoryEvents} from "src/registry/contract/IPeerDirectoryEvents.sol";
import {Vm} from "./Vm.sol";

/// @notice What a reader does: recomputes sequence and head from raw logs, as the interface says.
library HashChain {
    struct Reader {
        address directory;
        uint64 seq;
        bytes32 head;
    }

    error Broken(string reason);

    function begin(address directory) internal view returns (Reader memory) {
        bytes32 head =
            keccak256(abi.encode(keccak256("msg-directory-head-v1"), block.chainid, directory));
        return Reader(directory, 0, head);
    }

    /// @notice Follows the directory's logs; reverts where they are not what the interface
    /// promises.
    function follow(Reader memory reader, Vm.Log[] memory logs) internal pure {
        bytes32 changed = IPeerDirectoryEvents.Changed.selector;
        for (uint256 i = 0; i < logs.length; ++i) {
            Vm.Log memory log = logs[i];
            if (log.emitter != reader.directory || log.topics[0] != changed) continue;
            if (i == 0) revert Broken("no typed event");
            _step(reader, logs[i - 1], log);
        }
    }

    function _step(Reader memory reader, Vm.Log memory typed, Vm.Log memory changed) private pure {
        if (typed.emitter != reader.directory) revert Broken("typed event of another contract");
        if (typed.topics.length != 2) revert Broken("not one indexed argument");
        bytes32 digest = keccak256(typed.data);
        reader.seq += 1;
        reader.head = keccak256(
            abi.encode(reader.head, reader.seq, typed.topics[1], typed.topics[0], digest)
        );
        if (changed.topics[1] != bytes32(uint256(reader.seq))) revert Broken("seq");
        if (changed.topics[2] != typed.topics[1]) revert Broken("id");
        if (changed.topics[3] != typed.topics[0]) revert Broken("kind");
        (bytes32 saidDigest, bytes32 saidHead) = abi.decode(changed.data, (bytes32, bytes32));
        if (saidDigest != digest) revert Broken("digest");
        if (saidHead != reader.head) revert Broken("head");
    }
}

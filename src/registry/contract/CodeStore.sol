// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice Keeps bytes as the code of a contract of their own ("SSTORE2"): a third of the price of
/// storage slots. The code starts with STOP, so that calling it does nothing.
library CodeStore {
    /// Longest code since EIP-170, less the STOP.
    uint256 internal constant LIMIT = 24_575;

    error StoreFailed();

    /// @notice Stores at most {LIMIT} bytes.
    function write(bytes memory data) internal returns (address store) {
        if (data.length > LIMIT) revert StoreFailed();
        // PUSH2 size, DUP1, PUSH1 10, RETURNDATASIZE (0), CODECOPY, RETURNDATASIZE, RETURN; code.
        bytes memory creation =
            abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df3", hex"00", data);
        assembly ("memory-safe") {
            store := create(0, add(creation, 32), mload(creation))
        }
        if (store == address(0)) revert StoreFailed();
    }

    /// @notice How many bytes are stored.
    function size(address store) internal view returns (uint256) {
        return store.code.length - 1;
    }

    /// @notice Reads `length` bytes from position `start`, which have to be within {size}.
    function read(address store, uint256 start, uint256 length)
        internal
        view
        returns (bytes memory data)
    {
        data = new bytes(length);
        assembly ("memory-safe") {
            extcodecopy(store, add(data, 32), add(start, 1), length)
        }
    }
}

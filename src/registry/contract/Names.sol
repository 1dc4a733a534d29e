// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice The shape of a peer's name: 1 to 63 bytes of `[a-z0-9.-]`, first and last alphanumeric,
/// no two separators in a row.
library Names {
    uint256 internal constant LONGEST = 63;

    function isValid(bytes memory name) internal pure returns (bool) {
        if (name.length == 0 || name.length > LONGEST) return false;
        bool alphanumeric = false;
        for (uint256 i = 0; i < name.length; ++i) {
            bool previous = alphanumeric;
            bytes1 character = name[i];
            alphanumeric =
                (character >= "a" && character <= "z") || (character >= "0" && character <= "9");
            bool separator = character == "." || character == "-";
            if (!alphanumeric && !(separator && previous)) return false;
        }
        return alphanumeric;
    }
}

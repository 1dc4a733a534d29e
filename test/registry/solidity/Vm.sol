// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice The few cheatcodes of forge that the tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function prank(address sender) external;

    function warp(uint256 timestamp) external;

    function roll(uint256 blockNumber) external;

    function chainId(uint256 id) external;

    function assume(bool condition) external pure;

    function expectRevert(bytes calldata revertData) external;

    /// The next call emits, from `emitter`, the event that the test emits next; all of it is
    /// compared.
    function expectEmit(address emitter) external;

    function recordLogs() external;

    function getRecordedLogs() external returns (Log[] memory);

    function snapshotState() external returns (uint256);

    function revertToState(uint256 snapshot) external returns (bool);

    function toString(bytes calldata value) external pure returns (string memory);

    function assertTrue(bool condition, string calldata message) external pure;

    function assertEq(uint256 left, uint256 right, string calldata message) external pure;

    function assertEq(address left, address right, string calldata message) external pure;

    function assertEq(bytes32 left, bytes32 right, string calldata message) external pure;

    function assertEq(bytes calldata left, bytes calldata right, string calldata message)
        external
        pure;
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

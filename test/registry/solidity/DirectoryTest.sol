// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {IPeerDirectoryEvents} from "src/registry/contract/IPeerDirectoryEvents.sol";
import {PeerDirectory} from "src/registry/contract/PeerDirectory.sol";
import {vm} from "./Vm.sol";

/// @notice A directory with its officers and two peers: acme, with guardian and operator, and bolt,
/// bare.
abstract contract DirectoryTest is IPeerDirectoryEvents {
    uint48 internal constant ADMIN_DELAY = 2 days;
    uint32 internal constant DELAY = 7 days;
    uint256 internal constant START = 1_800_000_000;

    address internal immutable admin = account("admin");
    address internal immutable registrar = account("registrar");
    address internal immutable revoker = account("revoker");
    address internal immutable owner = account("owner");
    address internal immutable operator = account("operator");
    address internal immutable guardian = account("guardian");
    address internal immutable boltOwner = account("bolt owner");
    address internal immutable stranger = account("stranger");
    address internal immutable successorOwner = account("successor owner");

    PeerDirectory internal directory;
    bytes32 internal acme;
    bytes32 internal bolt;

    bytes internal constant LEAF = hex"3082010a0102030405";
    bytes internal constant CHAIN = hex"30820204aabbccdd";
    bytes internal constant PROOF = hex"3045022100deadbeef";

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(1000);
        directory = new PeerDirectory(admin, ADMIN_DELAY, DELAY, false);
        bytes32 registrarRole = directory.REGISTRAR_ROLE();
        bytes32 revokerRole = directory.REVOKER_ROLE();
        vm.prank(admin);
        directory.grantRole(registrarRole, registrar);
        vm.prank(admin);
        directory.grantRole(revokerRole, revoker);
        vm.prank(registrar);
        acme = directory.admit("acme", owner, guardian);
        vm.prank(registrar);
        bolt = directory.admit("bolt.example-2", boltOwner, address(0));
        vm.prank(owner);
        directory.setOperator(acme, operator);
    }

    function account(string memory name) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(name)))));
    }

    function peer(string memory name) internal view returns (IPeerDirectory.Peer memory found) {
        (, found) = directory.lookup(name);
    }

    function published(bytes32 id, uint256 index)
        internal
        view
        returns (IPeerDirectory.Certificate memory)
    {
        return directory.certificates(id, index, 1)[0];
    }

    /// @notice Publishes a further version of acme's certificate.
    function publish(bytes memory leaf) internal returns (bytes32) {
        uint32 index = peer("acme").versions;
        vm.prank(owner);
        return directory.publish(acme, index, leaf, CHAIN, PROOF);
    }

    function freeze() internal {
        vm.prank(admin);
        directory.freeze(stranger);
    }

    function suspend() internal {
        vm.prank(revoker);
        directory.suspend(acme);
    }

    function remove() internal {
        vm.prank(registrar);
        directory.remove(acme);
    }

    function statusIs(string memory name, IPeerDirectory.Status status) internal view {
        vm.assertEq(uint256(peer(name).status), uint256(status), "status");
    }

    /// @notice The next call has to revert with this error.
    function refuses(bytes memory revertData) internal {
        vm.expectRevert(revertData);
    }

    /// @notice The next call has to emit the event that follows, in every bit.
    function emits() internal {
        vm.expectEmit(address(directory));
    }
}

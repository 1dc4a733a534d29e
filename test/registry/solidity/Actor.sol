// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IPeerDirectory} from "src/registry/contract/IPeerDirectory.sol";
import {PeerDirectory} from "src/registry/contract/PeerDirectory.sol";
import {Watch} from "./Watch.sol";
import {vm} from "./Vm.sol";

/// @notice What the invariants are tried against: a small world of accounts who call the
/// directory's functions in any order, with arguments that often fit, while {Watch} compares before
/// and after.
contract Actor is Watch {
    string[4] private names = ["acme", "bolt", "core", "dyne"];
    address[7] private accounts;

    constructor() {
        vm.warp(time);
        for (uint160 i = 0; i < 7; ++i) {
            accounts[i] = address(0xA11CE000 + i);
        }
        vm.recordLogs();
        _watch(new PeerDirectory(address(this), 1, 6 hours, true), names);
        directory.grantRole(directory.REGISTRAR_ROLE(), accounts[5]);
        directory.grantRole(directory.REVOKER_ROLE(), accounts[6]);
        _follow();
        for (uint256 i = 0; i < 3; ++i) {
            register(i, i, 3 + i);
        }
    }

    function register(uint256 name, uint256 who, uint256 guardian) public {
        _attempt(
            accounts[who % 7], abi.encodeCall(directory.register, (names[name % 4], _any(guardian)))
        );
    }

    function suspend(uint256 name, uint256 who) external {
        _try(who, _peer(name).guardian, abi.encodeCall(directory.suspend, (_id(name))));
    }

    function reinstate(uint256 name) external {
        _attempt(accounts[5], abi.encodeCall(directory.reinstate, (_id(name))));
    }

    function remove(uint256 name, uint256 luck) external {
        if (luck % 8 == 0) _attempt(accounts[5], abi.encodeCall(directory.remove, (_id(name))));
    }

    function publish(uint256 name, uint256 who, uint256 leaf) external {
        (, uint32 next) = _versions(_id(name));
        _try(
            who,
            _peer(name).owner,
            abi.encodeCall(directory.publish, (_id(name), next, _leaf(leaf), "chain", "proof"))
        );
    }

    function setProfile(uint256 name, uint256 who, uint256 profile) external {
        _try(
            who,
            _peer(name).operator,
            abi.encodeCall(directory.setProfile, (_id(name), abi.encode(profile)))
        );
    }

    function revoke(uint256 name, uint256 who, uint256 version, uint256 reason) external {
        (, uint32 count) = _versions(_id(name));
        uint32 index = uint32(version % (uint256(count) + 1));
        _try(
            who,
            _peer(name).owner,
            abi.encodeCall(directory.revoke, (_id(name), index, uint8(reason % 11)))
        );
    }

    function setOperator(uint256 name, uint256 who, uint256 operator) external {
        _try(
            who,
            _peer(name).owner,
            abi.encodeCall(directory.setOperator, (_id(name), _any(operator)))
        );
    }

    function offerOwnership(uint256 name, uint256 who, uint256 newOwner) external {
        _try(
            who,
            _peer(name).owner,
            abi.encodeCall(directory.offerOwnership, (_id(name), _any(newOwner)))
        );
    }

    function acceptOwnership(uint256 name, uint256 who) external {
        _try(who, _peer(name).offeredOwner, abi.encodeCall(directory.acceptOwnership, (_id(name))));
    }

    function recover(uint256 name, uint256 who, uint256 newOwner) external {
        _try(
            who,
            _peer(name).guardian,
            abi.encodeCall(directory.recover, (_id(name), _any(newOwner)))
        );
    }

    function changeGuardian(uint256 name, uint256 who, uint256 guardian) external {
        _try(
            who,
            _peer(name).owner,
            abi.encodeCall(directory.changeGuardian, (_id(name), _any(guardian)))
        );
    }

    function confirmGuardian(uint256 name, uint256 who) external {
        address proposed = _peer(name).guardianChange.account;
        _try(
            who, _peer(name).owner, abi.encodeCall(directory.confirmGuardian, (_id(name), proposed))
        );
    }

    function cancelGuardianChange(uint256 name, uint256 who) external {
        bytes memory data = abi.encodeCall(directory.cancelGuardianChange, (_id(name)));
        _try(who, _peer(name).guardian, data);
    }

    function scheduleRecovery(uint256 name, uint256 newOwner) external {
        _attempt(
            accounts[5], abi.encodeCall(directory.scheduleRecovery, (_id(name), _any(newOwner)))
        );
    }

    function cancelRecovery(uint256 name, uint256 who) external {
        _try(who, _peer(name).owner, abi.encodeCall(directory.cancelRecovery, (_id(name))));
    }

    function acceptRecovery(uint256 name, uint256 who) external {
        _try(
            who, _peer(name).recovery.account, abi.encodeCall(directory.acceptRecovery, (_id(name)))
        );
    }

    function changeRole(uint256 who, uint256 luck) external {
        bytes32 role = directory.REVOKER_ROLE();
        bytes memory data = luck % 2 == 0
            ? abi.encodeCall(directory.grantRole, (role, _any(who)))
            : abi.encodeCall(directory.revokeRole, (role, _any(who)));
        _attempt(address(this), data);
    }

    function freeze(uint256 luck) external {
        if (luck % 64 == 0) {
            _attempt(address(this), abi.encodeCall(directory.freeze, (address(7))));
        }
    }

    function pass(uint256 seconds_) external {
        time += seconds_ % 1 days;
    }

    /// Two times in three by the account that fits, if there is one, so that much succeeds.
    function _try(uint256 who, address fitting, bytes memory data) private {
        bool fits = who % 3 != 0 && fitting != address(0);
        _attempt(fits ? fitting : accounts[(who >> 8) % 7], data);
    }

    function _peer(uint256 name) private view returns (IPeerDirectory.Peer memory) {
        return _find(_id(name));
    }

    function _any(uint256 which) private view returns (address) {
        return which % 8 == 7 ? address(0) : accounts[which % 8];
    }

    /// One of few, so that certificates come again, revoked ones too.
    function _leaf(uint256 which) private pure returns (bytes memory) {
        return abi.encode("leaf", which % 12);
    }

    function _id(uint256 name) private view returns (bytes32) {
        return keccak256(bytes(names[name % 4]));
    }
}

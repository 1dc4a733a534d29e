// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IPeerDirectory} from "./IPeerDirectory.sol";
import {Journal} from "./Journal.sol";

/// @notice The consortium's part: roles with a delayed two-step hand-over of the admin, the switch
/// for open registration, and the freeze. Every change of a role is part of the hash chain.
/// @dev {Journal} comes first, so that the hash chain has begun when the first role is granted.
abstract contract Governance is Journal, IPeerDirectory, AccessControlDefaultAdminRules {
    bytes32 public constant override REGISTRAR_ROLE = keccak256("REGISTRAR");
    bytes32 public constant override REVOKER_ROLE = keccak256("REVOKER");
    uint256 private constant LONGEST_DELAY = 365 days;

    constructor(address admin, uint48 adminDelay, uint32 recoveryDelay)
        AccessControlDefaultAdminRules(adminDelay, admin)
    {
        if (recoveryDelay == 0 || recoveryDelay > LONGEST_DELAY) {
            revert InvalidDelay(recoveryDelay);
        }
        _book.recoveryDelay = recoveryDelay;
    }

    function setOpenRegistration(bool open)
        external
        override
        onlyRole(DEFAULT_ADMIN_ROLE)
        whenNotFrozen
    {
        _book.openRegistration = open;
        _record(OpenRegistrationSwitched.selector, DIRECTORY, abi.encode(open, msg.sender));
    }

    function freeze(address successor) external override onlyRole(DEFAULT_ADMIN_ROLE) {
        if (successor == address(this)) revert InvalidSuccessor(successor);
        _book.frozen = true;
        _book.successor = successor;
        _record(DirectoryFrozen.selector, DIRECTORY, abi.encode(successor, msg.sender));
    }

    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IPeerDirectory).interfaceId || super.supportsInterface(interfaceId);
    }

    function _grantRole(bytes32 role, address account) internal override returns (bool changed) {
        changed = super._grantRole(role, account);
        if (changed) _recordRole(role, account, true);
    }

    function _revokeRole(bytes32 role, address account) internal override returns (bool changed) {
        changed = super._revokeRole(role, account);
        if (changed) _recordRole(role, account, false);
    }

    function _recordRole(bytes32 role, address account, bool granted) private {
        _record(RoleChanged.selector, DIRECTORY, abi.encode(role, account, granted, msg.sender));
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {PeerRecords} from "./PeerRecords.sol";

/// @notice Who holds a peer: its owner, operator and guardian, and how they change.
abstract contract PeerCustody is PeerRecords {
    function setOperator(bytes32 id, address operator) external override whenNotFrozen {
        Record storage record = _ofOwner(id);
        _requireFree(record, operator);
        record.operator = operator;
        _change(OperatorChanged.selector, id, abi.encode(operator, msg.sender));
    }

    function offerOwnership(bytes32 id, address newOwner) external override whenNotFrozen {
        Record storage record = _ofOwner(id);
        if (newOwner == address(0)) {
            if (record.offeredOwner == address(0)) revert NotPending(id);
        } else {
            _requireOwnerCandidate(record, newOwner);
        }
        record.offeredOwner = newOwner;
        _change(OwnershipOffered.selector, id, abi.encode(newOwner, msg.sender));
    }

    function acceptOwnership(bytes32 id) external override whenNotFrozen {
        Record storage record = _present(id);
        if (record.offeredOwner == address(0)) revert NotPending(id);
        if (msg.sender != record.offeredOwner) revert NotAllowed(id, msg.sender);
        _replaceOwner(id, record, msg.sender);
    }

    function recover(bytes32 id, address newOwner) external override whenNotFrozen {
        Record storage record = _present(id);
        if (!_isGuardian(record, msg.sender)) revert NotAllowed(id, msg.sender);
        _replaceOwner(id, record, newOwner);
    }

    function changeGuardian(bytes32 id, address newGuardian) external override whenNotFrozen {
        Record storage record = _present(id);
        bool byGuardian = _isGuardian(record, msg.sender);
        if (!byGuardian && msg.sender != record.owner) revert NotAllowed(id, msg.sender);
        _requireFree(record, newGuardian);
        if (byGuardian || record.guardian == address(0)) {
            _replaceGuardian(id, record, newGuardian);
        } else {
            uint48 readyAt = _afterDelay();
            record.guardianChange = Scheduled({account: newGuardian, readyAt: readyAt});
            _change(
                GuardianChangeScheduled.selector, id, abi.encode(newGuardian, readyAt, msg.sender)
            );
        }
    }

    function confirmGuardian(bytes32 id, address newGuardian) external override whenNotFrozen {
        Record storage record = _present(id);
        bool byGuardian = _isGuardian(record, msg.sender);
        if (!byGuardian && msg.sender != record.owner) revert NotAllowed(id, msg.sender);
        Scheduled memory pending = record.guardianChange;
        if (pending.readyAt == 0 || pending.account != newGuardian) revert NotPending(id);
        if (!byGuardian) _requireReady(id, pending.readyAt);
        _requireFree(record, newGuardian);
        _replaceGuardian(id, record, newGuardian);
    }

    function cancelGuardianChange(bytes32 id) external override whenNotFrozen {
        Record storage record = _present(id);
        if (msg.sender != record.owner && !_isGuardian(record, msg.sender)) {
            revert NotAllowed(id, msg.sender);
        }
        if (record.guardianChange.readyAt == 0) revert NotPending(id);
        delete record.guardianChange;
        _change(GuardianChangeCancelled.selector, id, abi.encode(msg.sender));
    }

    function scheduleRecovery(bytes32 id, address newOwner)
        external
        override
        onlyRole(REGISTRAR_ROLE)
        whenNotFrozen
    {
        Record storage record = _present(id);
        _requireOwnerCandidate(record, newOwner);
        uint48 readyAt = _afterDelay();
        record.recovery = Scheduled({account: newOwner, readyAt: readyAt});
        _change(RecoveryScheduled.selector, id, abi.encode(newOwner, readyAt, msg.sender));
    }

    function cancelRecovery(bytes32 id) external override whenNotFrozen {
        Record storage record = _present(id);
        bool allowed = msg.sender == record.owner || _isGuardian(record, msg.sender)
            || hasRole(REGISTRAR_ROLE, msg.sender);
        if (!allowed) revert NotAllowed(id, msg.sender);
        if (record.recovery.readyAt == 0) revert NotPending(id);
        delete record.recovery;
        _change(RecoveryCancelled.selector, id, abi.encode(msg.sender));
    }

    function acceptRecovery(bytes32 id) external override whenNotFrozen {
        Record storage record = _present(id);
        Scheduled memory pending = record.recovery;
        if (pending.readyAt == 0) revert NotPending(id);
        if (msg.sender != pending.account) revert NotAllowed(id, msg.sender);
        _requireReady(id, pending.readyAt);
        record.guardian = address(0);
        _replaceOwner(id, record, msg.sender);
    }

    /// @notice Whether the account is the peer's guardian; no account is, where there is none.
    function _isGuardian(Record storage record, address account) internal view returns (bool) {
        return account != address(0) && account == record.guardian;
    }

    function _replaceOwner(bytes32 id, Record storage record, address newOwner) private {
        _requireOwnerCandidate(record, newOwner);
        record.owner = newOwner;
        delete record.operator;
        delete record.offeredOwner;
        delete record.guardianChange;
        delete record.recovery;
        _change(OwnerChanged.selector, id, abi.encode(newOwner, record.guardian, msg.sender));
    }

    function _replaceGuardian(bytes32 id, Record storage record, address newGuardian) private {
        record.guardian = newGuardian;
        delete record.guardianChange;
        _change(GuardianChanged.selector, id, abi.encode(newGuardian, msg.sender));
    }

    function _ofOwner(bytes32 id) private view returns (Record storage record) {
        record = _present(id);
        if (msg.sender != record.owner) revert NotAllowed(id, msg.sender);
    }

    function _afterDelay() private view returns (uint48) {
        return uint48(block.timestamp) + _book.recoveryDelay;
    }

    function _requireReady(bytes32 id, uint48 readyAt) private view {
        if (block.timestamp < readyAt) revert TooEarly(id, readyAt);
    }

    /// An operator may become owner, since a new owner starts without one: otherwise a thief could
    /// forestall a recovery by making its target the operator.
    function _requireOwnerCandidate(Record storage record, address account) private view {
        if (account == address(0) || account == record.guardian) revert InvalidAccount(account);
    }

    function _requireFree(Record storage record, address account) private view {
        if (account == address(0)) return;
        bool taken =
            account == record.owner || account == record.operator || account == record.guardian;
        if (taken) revert InvalidAccount(account);
    }
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {CodeStore} from "src/registry/contract/CodeStore.sol";
import {vm} from "./Vm.sol";

contract CodeStoreTest {
    function testFuzz_reads_back_what_was_written(bytes calldata data) external {
        address store = CodeStore.write(data);
        vm.assertEq(CodeStore.size(store), data.length, "size");
        vm.assertEq(CodeStore.read(store, 0, data.length), data, "data");
    }

    function testFuzz_reads_any_part(bytes calldata data, uint256 start, uint256 end) external {
        end = end % (data.length + 1);
        start = start % (end + 1);
        address store = CodeStore.write(data);
        vm.assertEq(CodeStore.read(store, start, end - start), data[start:end], "part");
    }

    function test_stores_code_that_does_nothing_when_called() external {
        address store = CodeStore.write(hex"60006000fd");
        vm.assertEq(store.code, hex"0060006000fd", "code");
        (bool done, bytes memory result) = store.call("");
        vm.assertTrue(done && result.length == 0, "call");
    }

    function test_stores_what_a_contracts_code_can_hold_and_no_more() external {
        address store = CodeStore.write(new bytes(CodeStore.LIMIT));
        vm.assertEq(store.code.length, 24_576, "EIP-170");
        vm.expectRevert(abi.encodeWithSelector(CodeStore.StoreFailed.selector));
        this.write(new bytes(CodeStore.LIMIT + 1));
    }

    function write(bytes calldata data) external returns (address) {
        return CodeStore.write(data);
    }
}

/** The compiled contract. */
export interface DirectoryArtifact {
  /** The contract's ABI in JSON form. */
  readonly abi: readonly object[];
  /** Creation code without the constructor's arguments: 0x and hexadecimal digits. */
  readonly bytecode: string;
  /** keccak256 of the runtime code, the same for every directory of this release. */
  readonly codeHash: string;
}

/** Loads the compiled contract; only deploying, writing and the first contact need it. */
export async function loadArtifact(): Promise<DirectoryArtifact> {
  const { default: artifact } = await import('./contract/artifact.json', {
    with: { type: 'json' },
  });
  const { abi, bytecode, deployed } = artifact;
  return { abi, bytecode, codeHash: deployed.keccak256 };
}

import type { Broker, Cluster, PartitionAssigner } from 'kafkajs';
import { PartitionAssigners } from './kafkajs.js';

/**
 * Signs a group's member off that crashed together with its connection. Otherwise the coordinator
 * waits for it to come back, until its session times out, before anybody gets its partitions.
 */
export class FormerMember {
  #cluster: Cluster | undefined;

  /** kafkajs' usual assigner; kafkajs gives assigners the cluster, which nobody else gets. */
  readonly assigner: PartitionAssigner = (config) => {
    this.#cluster = config.cluster;
    return PartitionAssigners.roundRobin(config);
  };

  /** Leaves the group for the member; where that fails, the session's timeout does it later. */
  async signOff(groupId: string, memberId: string | undefined): Promise<void> {
    if (memberId === undefined || this.#cluster === undefined) return;
    try {
      const coordinator = await this.#cluster.findGroupCoordinator({ groupId });
      if (canLeaveGroups(coordinator)) await coordinator.leaveGroup({ groupId, memberId });
    } catch {
      // It may be gone already.
    }
  }
}

interface LeavesGroups {
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>;
}

function canLeaveGroups(broker: Broker): broker is Broker & LeavesGroups {
  return 'leaveGroup' in broker && typeof broker.leaveGroup === 'function';
}

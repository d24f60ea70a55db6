import { randomUUID } from 'node:crypto';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';

export interface Member {
  readonly port: number;
  readonly state: 'leader' | 'follower' | 'unknown';
  readonly alive: boolean;
}

/** What a node tells of its cluster. */
export function clusterInfo(members: readonly Member[]): InstanceType<typeof gossip.ClusterInfo> {
  return new gossip.ClusterInfo().setMembersList(
    members.map(({ port, state, alive }) =>
      new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString(randomUUID()))
        .setTimeStamp(String(Date.now()))
        .setState(stateOf(state))
        .setIsAlive(alive)
        .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(port)),
    ),
  );
}

function stateOf(state: Member['state']) {
  const { VNodeState } = gossip.MemberInfo;
  switch (state) {
    case 'leader':
      return VNodeState.LEADER;
    case 'follower':
      return VNodeState.FOLLOWER;
    case 'unknown':
      return VNodeState.UNKNOWN;
  }
}

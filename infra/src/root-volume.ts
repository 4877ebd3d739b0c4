import type { CfnLaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { checkedWhole } from './invalid-prop.ts';

/** Throughput that a gp3 volume has without a charge, in MiB/s. */
const included = 125;
/** IOPS that it has without a charge. */
const includedIops = 3000;

export interface RootVolumeProps {
  /** In GiB. */
  readonly size: number;
  /** In MiB/s. */
  readonly throughput: number | undefined;
  readonly key: IKey | undefined;
}

/** Batch's Amazon Linux 2023 keeps everything on this one device, including Docker's layers. */
export function rootVolume({ size, throughput, key }: RootVolumeProps): CfnLaunchTemplate.BlockDeviceMappingProperty {
  return {
    deviceName: '/dev/xvda',
    ebs: {
      volumeType: 'gp3',
      volumeSize: checkedWhole('hosts.rootVolumeGiB', size, 30, 16_384),
      ...(throughput !== undefined && speed(checkedWhole('hosts.rootVolumeThroughput', throughput, included, 1000))),
      encrypted: true,
      kmsKeyId: key?.keyArn,
      deleteOnTermination: true,
    },
  };
}

/** A volume has at most 0.25 MiB/s per IOPS: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
function speed(throughput: number): { readonly throughput: number; readonly iops?: number } {
  const iops = Math.ceil(throughput * 4);
  return iops > includedIops ? { throughput, iops } : { throughput };
}

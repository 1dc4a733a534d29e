/**
 * What is used of kafkajs, in one place: a bundle copies the names of a CommonJS package anew for every
 * module that imports from it.
 */
export {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  CompressionCodecs,
  CompressionTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  PartitionAssigners,
  ResourcePatternTypes,
} from 'kafkajs';

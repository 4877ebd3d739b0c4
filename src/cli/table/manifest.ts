import { platforms } from '../../domain/platform.ts';
import { batchDefaults, batchImage, headJobDefaults, headJobImage, vecoliDefaults } from '../../manifests/defaults.ts';
import { headNames } from '../../manifests/heads.ts';
import { commandWords, environmentVariable, wholeNumberIn } from '../option-values.ts';
import { publishedBuild } from './builds.ts';
import type { CommandEntry, GroupEntry } from './entry.ts';

/** Batch and Kubernetes both hold seconds in 32 bits. */
const mostSeconds = 2_147_483_647;

const image = { value: 'name', summary: 'image of the recipe' } as const;
const platform = { value: 'platform', summary: 'platform of the image', choices: platforms } as const;
/** The image of a simulation's tasks. */
const taskImage = {
  image: { ...image, default: batchImage.image },
  platform: { ...platform, default: batchImage.platform },
} as const;

/** `twinhull manifest batch` */
export const manifestBatch = {
  summary: 'print a job definition for AWS Batch, pinned by digest, as JSON',
  argument: publishedBuild,
  options: {
    ...taskImage,
    name: {
      value: 'name',
      summary: 'name of the job definition',
      otherwise: 'from repository, image and architecture',
    },
    vcpus: { value: 'number', summary: 'virtual CPUs', parse: wholeNumberIn(1, 1024), default: batchDefaults.vcpus },
    memory: {
      value: 'mebibytes',
      summary: 'memory',
      parse: wholeNumberIn(4, 16_777_216),
      default: batchDefaults.memory,
    },
    jobRole: { value: 'role', summary: 'ARN of the role of the program in the container' },
    executionRole: { value: 'role', summary: 'ARN of the role that pulls the image and writes the log' },
    logGroup: { value: 'name', summary: 'log group', otherwise: '/aws/batch/job' },
    attempts: {
      value: 'number',
      summary: 'attempts, if hosts are lost',
      parse: wholeNumberIn(1, 10),
      default: batchDefaults.attempts,
    },
    timeoutSeconds: {
      value: 'number',
      summary: 'run timeout',
      parse: wholeNumberIn(60, mostSeconds),
      otherwise: 'none',
    },
    command: {
      value: 'json',
      summary: 'command, such as \'["uname", "-m"]\'',
      parse: commandWords,
      otherwise: 'that of the image',
    },
    register: { summary: 'register it, unless the latest revision is identical, and print its ARN' },
    json: { summary: 'with --register: print ARN, name and revision as JSON' },
  },
  examples: [['twinhull manifest batch --register', 'register a job definition for the latest published build']],
} as const satisfies CommandEntry;

/** `twinhull manifest k8s` */
export const manifestKubernetes = {
  summary: "print a Kubernetes Job that runs a workflow's head, pinned by digest, as YAML",
  argument: publishedBuild,
  options: {
    image: { ...image, default: headJobImage.image },
    platform: { ...platform, default: headJobImage.platform },
    name: { value: 'name', summary: 'name of the Job', otherwise: 'from repository, image and commit' },
    head: {
      value: 'head',
      summary: 'workflow head',
      choices: headNames,
      otherwise: 'vecoli for the recipe vecoli, otherwise nextflow',
    },
    region: {
      value: 'region',
      summary: "AWS region of vecoli's head",
      otherwise: "that of the image's ECR registry",
    },
    namespace: { value: 'name', summary: 'namespace', otherwise: 'that of the kubectl context' },
    serviceAccount: {
      value: 'name',
      summary: 'service account',
      otherwise: 'nextflow, or batch-submit for vecoli',
    },
    configMap: {
      value: 'name',
      summary: 'config map with main.nf and nextflow.config, or for vecoli with workflow.json',
      otherwise: 'nextflow, or for vecoli the name of the Job with -config',
    },
    cpu: { value: 'quantity', summary: 'CPU request', default: headJobDefaults.cpu },
    memory: { value: 'quantity', summary: 'memory request and limit', default: headJobDefaults.memory },
    keepSeconds: {
      value: 'number',
      summary: 'how long an ended Job is kept',
      parse: wholeNumberIn(0, mostSeconds),
      default: headJobDefaults.keepSeconds,
    },
    env: { value: 'name=value', summary: 'environment variable, repeatable', parse: environmentVariable },
    command: { value: 'json', summary: 'command', parse: commandWords, otherwise: 'that of the head' },
    json: { summary: 'print it as JSON' },
  },
  examples: [['twinhull manifest k8s --namespace sims | kubectl apply -f -', 'start the head of a workflow']],
} as const satisfies CommandEntry;

/** `twinhull manifest vecoli` */
export const manifestVecoli = {
  summary: "print the section aws of the configuration of vEcoli's workflow, with a fixed tag, as JSON",
  argument: publishedBuild,
  options: {
    ...taskImage,
    queue: { value: 'name', summary: "Batch queue of the simulation's tasks", default: vecoliDefaults.queue },
  },
} as const satisfies CommandEntry;

/** `twinhull manifest` */
export const manifest = {
  summary: 'print a document that runs a published image',
  commands: { batch: manifestBatch, k8s: manifestKubernetes, vecoli: manifestVecoli },
} as const satisfies GroupEntry;

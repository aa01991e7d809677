import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files are begun in this order as workers come free: those that run beside the stack's are spread evenly among them. By
 * itself Vitest begins one project after the other, and neither would have anything to run beside.
 */
export class MixedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const of = (name: string) => sorted.filter(({ project }) => project.name === name);
    const beside = of('beside');
    const stack = of('real');
    const every = Math.max(1, Math.floor(stack.length / Math.max(1, beside.length)));
    const mixed = stack.flatMap((file, index) => [file, ...(index % every === 0 ? beside.splice(0, 1) : [])]);
    return [...sorted.filter((file) => !mixed.includes(file) && !beside.includes(file)), ...mixed, ...beside];
  }
}

// usage: node test/kill/train-tiny-encoder.ts DIRECTORY
import { trainRun } from '../../src/train/train-run.ts';
import { openTinyTrainer, tinyTraining } from '../support/tiny-encoder.ts';

const trainer = await openTinyTrainer();
await trainRun({
  ...tinyTraining(process.argv[2]!, trainer),
  onWarning: (message) => process.stderr.write(`${message}\n`),
});
await trainer.close();

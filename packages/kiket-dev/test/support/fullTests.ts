/** Whether the long forms run, as .github/workflows/ci.yml has them: a minute of load, every round. `FULL_TESTS=1` says so. */
export const isFull = process.env['FULL_TESTS'] === '1';

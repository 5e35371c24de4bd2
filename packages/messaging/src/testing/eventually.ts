const LOOK_EVERY_MS = 20;
const WAIT_MS_MAX = 90_000;

/** Waits until the expectation holds; fails with its own words when the time is over. */
export async function eventually(expectation: () => void | Promise<void>): Promise<void> {
  const until = Date.now() + WAIT_MS_MAX;
  for (;;) {
    try {
      return await expectation();
    } catch (cause) {
      if (Date.now() > until) throw cause;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

/** Loaded before the program by `node --import`, so that a fault of its own can be had without one in its code. */
process.on('SIGUSR2', () => {
  const error = new Error('thrown on purpose');
  if (process.env.THROWS !== 'later') throw error;
  void Promise.reject(error);
});

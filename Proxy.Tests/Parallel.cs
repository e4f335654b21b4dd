using NUnit.Framework;

// Fixtures run alongside each other, the tests of one fixture in turn. Most of them wait for sockets and processes, so
// there are more workers than cores. A fixture that measures what belongs to the whole process, or that needs both
// cores to itself, is [NonParallelizable].
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]

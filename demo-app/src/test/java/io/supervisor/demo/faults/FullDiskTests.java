package io.supervisor.demo.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import io.supervisor.process.ApplicationProcess;
import io.supervisor.process.Programs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The disk that the index is on, a tmpfs of a few kilobytes, is full before the crawl has
 * got far, and then has space again.
 */
@Tag("search")
class FullDiskTests {

	private static final String FULL = "No space left on device";

	@TempDir
	private Path data;

	private Demo demo;

	private boolean mounted;

	@BeforeEach
	void mount() throws IOException {
		assumeTrue("root".equals(System.getProperty("user.name")), "NOT tested: only root can mount a small tmpfs");
		Programs.require("mount", "mount");
		this.demo = new Demo(this.data).set("links.delay=0ms");
		Files.createDirectories(this.demo.index());
		String refused = run("mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", this.demo.index().toString());
		if (!refused.isEmpty()) {
			abort("NOT tested: a small tmpfs cannot be mounted here: " + refused);
		}
		this.mounted = true;
	}

	@AfterEach
	void unmount() throws IOException {
		if (this.mounted) {
			assertThat(run("umount", this.demo.index().toString())).isEmpty();
		}
		if (this.demo != null) {
			this.demo.close();
		}
	}

	private void giveSpace() throws IOException {
		assertThat(run("mount", "-o", "remount,size=64m", this.demo.index().toString())).isEmpty();
	}

	private static String run(String... command) throws IOException {
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
		try {
			return (process.waitFor() == 0) ? "" : command[0] + " failed, " + output;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void indexerGoesOnByItselfWhenThereIsSpaceAgain() throws IOException {
		try (ApplicationProcess process = this.demo.start("supervisor.services.indexer.restart.delay=2s",
				"supervisor.services.indexer.restart.multiplier=1")) {
			process.awaitLog("'indexer' is started again");
			assertThat(process.output()).contains(FULL);
			long pages = this.demo.visiblePages(process);
			this.demo.awaitVisiblePages(process, pages + 10);
			giveSpace();
			this.demo.awaitFound(process, pages + 10);
			assertThat(process.terminate().exitCode()).isEqualTo(143);
			assertThat(process.output()).doesNotContain("'indexer' is given up");
			Figures.print("disk of the index full, then larger",
					"the indexer went on by itself; in the end " + this.demo.check());
		}
	}

	@Test
	void nextStartGoesOnWhenThereIsSpaceAgain() throws IOException {
		StoredPages stored;
		try (ApplicationProcess process = this.demo.start("supervisor.on-group-failure=exit",
				"supervisor.services.indexer.restart.max-restarts=1",
				"supervisor.services.indexer.restart.delay=100ms")) {
			assertThat(process.exitCode()).as(process::output).isOne();
			assertThat(process.output()).contains(FULL, "'indexer' is given up", "; every thread has ended");
			assertThat(process.lines()).filteredOn((line) -> line.contains(" ERROR "))
				.allMatch((line) -> line.contains("'indexer' is given up"));
			stored = this.demo.check();
			assertThat(stored.pages()).isPositive();
		}
		giveSpace();
		try (ApplicationProcess process = this.demo.start()) {
			this.demo.awaitFound(process, stored.pages() - 10);
			assertThat(process.terminate().exitCode()).isEqualTo(143);
		}
		StoredPages after = this.demo.check();
		assertThat(after.indexed()).isGreaterThanOrEqualTo(stored.revision());
		Figures.print("disk of the index full until the budget is spent",
				"exit code 1 with " + stored + "; after the next start, on a larger disk, " + after);
	}

}

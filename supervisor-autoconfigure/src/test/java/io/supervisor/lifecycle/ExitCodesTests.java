package io.supervisor.lifecycle;

import io.supervisor.Service;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceGroupException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.ExitCodeExceptionMapper;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class ExitCodesTests {

	private final GenericApplicationContext context = new GenericApplicationContext();

	@AfterEach
	void close() {
		this.context.close();
	}

	@Test
	void codeWhenNobodyHasOneIsOne() {
		assertThat(codeOf(new IllegalStateException("boom"))).isOne();
	}

	@Test
	void codeIsThatOfTheMapperAskedWithWhatTheServiceThrew() {
		mapper("mapper", (exception) -> (exception instanceof IllegalStateException) ? 7 : 0);
		generator(9);
		assertThat(codeOf(new IllegalStateException("boom", new CodedException(8)))).isEqualTo(7);
	}

	@Test
	void codeWhenNoMapperKnowsIsThatOfTheChainOfCauses() {
		mapper("mapper", (exception) -> 0);
		generator(9);
		assertThat(codeOf(new IllegalStateException("boom", new CodedException(8)))).isEqualTo(8);
	}

	@Test
	void codeWhenTheChainOfCausesHasNoneIsThatOfTheGenerator() {
		generator(9);
		assertThat(codeOf(new IllegalStateException("boom", new CodedException(0)))).isEqualTo(9);
	}

	@Test
	void codeWhenMapperFailsIsThatOfTheNext() {
		mapper("failing", (exception) -> {
			throw new IllegalStateException("no idea");
		});
		mapper("knowing", (exception) -> 5);
		assertThat(codeOf(new IllegalStateException("boom"))).isEqualTo(5);
	}

	@Test
	void codeWhenNestedGroupFailedIsThatOfItsService() {
		ServiceGroup nested = ServiceGroup.builder("nested").service("failing", failing(new CodedException(8))).build();
		assertThat(codeOf(ServiceGroup.builder("supervisor").service("nested", nested).build())).isEqualTo(8);
	}

	@Test
	void codeWhenChainOfCausesIsCircleIsOne() {
		Exception first = new Exception("first");
		Exception second = new Exception("second", first);
		first.initCause(second);
		assertThat(codeOf(first)).isOne();
	}

	private void mapper(String name, ExitCodeExceptionMapper mapper) {
		this.context.registerBean(name, ExitCodeExceptionMapper.class, () -> mapper);
	}

	private void generator(int code) {
		this.context.registerBean(ExitCodeGenerator.class, () -> () -> code);
	}

	private int codeOf(Exception thrown) {
		return codeOf(ServiceGroup.builder("supervisor").service("failing", failing(thrown)).build());
	}

	private int codeOf(ServiceGroup group) {
		this.context.refresh();
		return ExitCodes.of(catchThrowableOfType(ServiceGroupException.class, group::run), this.context);
	}

	private static Service failing(Exception thrown) {
		return (context) -> {
			throw thrown;
		};
	}

	static class CodedException extends RuntimeException implements ExitCodeGenerator {

		private static final long serialVersionUID = 1L;

		private final int exitCode;

		CodedException(int exitCode) {
			this.exitCode = exitCode;
		}

		@Override
		public int getExitCode() {
			return this.exitCode;
		}

	}

}

package io.supervisor.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@ExtendWith(OutputCaptureExtension.class)
class SpringBootVersionCheckTests {

	@ParameterizedTest
	@ValueSource(strings = { "4.0.0", "4.0.9", "4.1.2", "4.1.0-RC1" })
	@NullSource
	void checkWhenVersionIsTestedOrUnknownSaysNothing(@Nullable String version, CapturedOutput output) {
		SpringBootVersionCheck.check(version);
		assertThat(output).isEmpty();
	}

	@Test
	void checkWhenVersionIsNewerThanTheTestedSaysSo(CapturedOutput output) {
		SpringBootVersionCheck.check("4.2.0-M1");
		assertThat(output.getAll().lines()).singleElement()
			.asString()
			.contains("WARN", "is tested with Spring Boot 4.0 and 4.1, not with Spring Boot 4.2.0-M1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "2.7.18", "3.5.7", "5.0.0", "40.0.0" })
	void checkWhenVersionIsAnythingElseThrows(String version) {
		assertThatExceptionOfType(InvalidSupervisorConfigurationException.class)
			.isThrownBy(() -> SpringBootVersionCheck.check(version))
			.withMessage("Supervisor works with Spring Boot 4.0 and 4.1, not with Spring Boot " + version + ".");
	}

	@Test
	void versionOfTheBuildIsOneOfTheTested(CapturedOutput output) {
		SpringBootVersionCheck.check(SpringBootVersion.getVersion());
		assertThat(output).isEmpty();
	}

}

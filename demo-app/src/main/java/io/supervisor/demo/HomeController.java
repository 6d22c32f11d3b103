package io.supervisor.demo;

import java.net.URI;

import org.jspecify.annotations.Nullable;

import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Shows the way from the main port to everything else.
 */
@RestController
class HomeController {

	private static final String ROBOTS = """
			User-agent: *
			Disallow: /actuator/
			""";

	private static final String PAGE = """
			<!DOCTYPE html>
			<html lang="en">
			<head>
			<meta charset="utf-8">
			<meta name="viewport" content="width=device-width, initial-scale=1">
			<meta name="color-scheme" content="light dark">
			<title>Links</title>
			</head>
			<body>
			<h1>Links</h1>
			<ul>
			<li>%s</li>
			<li><a href="/actuator/health">Health</a></li>
			<li><a href="/actuator/supervisor">Services</a></li>
			<li><a href="/site/index.html">The site that is crawled by default</a></li>
			</ul>
			</body>
			</html>
			""";

	// Set by the run of the front end, read by requests
	private volatile @Nullable URI searchPage;

	@EventListener
	void frontEndStarted(FrontEndStartedEvent event) {
		this.searchPage = event.address();
	}

	@GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
	String home() {
		URI address = this.searchPage;
		return PAGE.formatted((address != null) ? "<a href=\"%s\">Search page</a>".formatted(address)
				: "The search page is not there yet");
	}

	@GetMapping(path = "/robots.txt", produces = MediaType.TEXT_PLAIN_VALUE)
	String robots() {
		return ROBOTS;
	}

}

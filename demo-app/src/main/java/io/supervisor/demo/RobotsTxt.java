package io.supervisor.demo;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a site asks of every crawler: the {@code Allow} and {@code Disallow} rules of its
 * {@code robots.txt} for the user agent {@code *}. The longest rule that matches wins;
 * wildcards are not understood and match nothing.
 *
 * @param rules the rules
 */
record RobotsTxt(List<Rule> rules) {

	static final RobotsTxt NONE = new RobotsTxt(List.of());

	RobotsTxt {
		rules = List.copyOf(rules);
	}

	boolean allows(URI url) {
		Rule decisive = new Rule("", true);
		for (Rule rule : this.rules) {
			if (url.getRawPath().startsWith(rule.path()) && rule.path().length() >= decisive.path().length()) {
				decisive = rule;
			}
		}
		return decisive.allowed();
	}

	static RobotsTxt parse(String text) {
		List<Rule> rules = new ArrayList<>();
		boolean forEveryone = false;
		boolean inAgents = false;
		for (String line : text.split("\\R")) {
			String[] parts = line.replaceFirst("#.*", "").split(":", 2);
			String key = parts[0].strip().toLowerCase(Locale.ROOT);
			String value = (parts.length > 1) ? parts[1].strip() : "";
			if (key.equals("user-agent")) {
				forEveryone = (inAgents && forEveryone) || value.equals("*");
				inAgents = true;
			}
			else if (!key.isEmpty()) {
				inAgents = false;
			}
			if (forEveryone && !value.isEmpty() && (key.equals("disallow") || key.equals("allow"))) {
				rules.add(new Rule(value, key.equals("allow")));
			}
		}
		return new RobotsTxt(rules);
	}

	record Rule(String path, boolean allowed) {

	}

}

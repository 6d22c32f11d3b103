package io.supervisor.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.text.BreakIterator;
import java.util.Locale;

import org.apache.lucene.search.Query;
import org.apache.lucene.search.uhighlight.DefaultPassageFormatter;
import org.apache.lucene.search.uhighlight.LengthGoalBreakIterator;
import org.apache.lucene.search.uhighlight.UnifiedHighlighter;

/**
 * Cuts out of a text what a query is about.
 */
class Snippets {

	private static final int PASSAGES = 2;

	private static final int LENGTH = 120;

	private final Query query;

	private final UnifiedHighlighter highlighter;

	Snippets(Query query) {
		this.query = query;
		this.highlighter = UnifiedHighlighter.builderWithoutSearcher(CodeAnalyzer.forIndexing())
			.withFormatter(new DefaultPassageFormatter("<mark>", "</mark>", " … ", true))
			.withBreakIterator(() -> LengthGoalBreakIterator.createMinLength(BreakIterator.getWordInstance(Locale.ROOT),
					LENGTH, 0.5f))
			.withMaxLength(Integer.MAX_VALUE - 1)
			.build();
	}

	/**
	 * Cut out the best passages.
	 * @param text the text
	 * @return the passages as HTML
	 */
	String of(String text) {
		try {
			Object snippet = this.highlighter.highlightWithoutSearcher(SearchIndex.TEXT, this.query, text, PASSAGES);
			return (snippet != null) ? snippet.toString() : "";
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}

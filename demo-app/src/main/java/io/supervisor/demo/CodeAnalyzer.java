package io.supervisor.demo;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.core.FlattenGraphFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;

/**
 * Splits English text about code into words: {@code LifecycleProcessor} is found by
 * "lifecycle processor", by "processors" and by "lifecycleprocessor".
 */
final class CodeAnalyzer extends Analyzer {

	private static final int PARTS = WordDelimiterGraphFilter.GENERATE_WORD_PARTS
			| WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS | WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE
			| WordDelimiterGraphFilter.STEM_ENGLISH_POSSESSIVE;

	private static final int PARTS_AND_WHOLE = PARTS | WordDelimiterGraphFilter.CATENATE_WORDS;

	private final boolean indexing;

	private CodeAnalyzer(boolean indexing) {
		this.indexing = indexing;
	}

	static Analyzer forIndexing() {
		return new CodeAnalyzer(true);
	}

	static Analyzer forQueries() {
		return new CodeAnalyzer(false);
	}

	@Override
	protected TokenStreamComponents createComponents(String fieldName) {
		Tokenizer source = new StandardTokenizer();
		TokenStream words = new WordDelimiterGraphFilter(source, this.indexing ? PARTS_AND_WHOLE : PARTS, null);
		words = new PorterStemFilter(new LowerCaseFilter(words));
		return new TokenStreamComponents(source, this.indexing ? new FlattenGraphFilter(words) : words);
	}

}

package io.supervisor.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.queryparser.simple.SimpleQueryParser;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.Lock;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Finds pages by their words. The index holds no more than that; all else is in the
 * {@link PageStore}. Each commit says which store it follows, and up to which revision.
 */
@Component
class SearchIndex implements AutoCloseable {

	private static final String ID = "id";

	private static final String TITLE = "title";

	static final String TEXT = "text";

	private static final String STORE = "store";

	private static final String REVISION = "revision";

	private static final Map<String, Float> WEIGHTS = Map.of(TITLE, 4.0f, TEXT, 1.0f);

	private static final int OPERATORS = SimpleQueryParser.AND_OPERATOR | SimpleQueryParser.OR_OPERATOR
			| SimpleQueryParser.NOT_OPERATOR | SimpleQueryParser.PHRASE_OPERATOR | SimpleQueryParser.PREFIX_OPERATOR
			| SimpleQueryParser.PRECEDENCE_OPERATORS | SimpleQueryParser.WHITESPACE_OPERATOR;

	private final Analyzer indexAnalyzer = CodeAnalyzer.forIndexing();

	private final Analyzer queryAnalyzer = CodeAnalyzer.forQueries();

	private final Directory directory;

	/**
	 * Held as long as this is open: a writer locks others out only while it writes.
	 */
	private final Lock lock;

	private final SearcherManager searchers;

	@Autowired
	SearchIndex(LinksProperties properties) throws IOException {
		// Maps files into memory on all common platforms, so that an interrupt of a
		// thread that searches cannot close them under the others.
		this(FSDirectory.open(properties.data().resolve("index")));
	}

	SearchIndex(Directory directory) throws IOException {
		this.directory = directory;
		this.lock = directory.obtainLock("links.lock");
		openWriter().close();
		this.searchers = new SearcherManager(directory, null);
	}

	/**
	 * Take over changes of the store that is followed, in one commit.
	 * @param changes the changes in their order
	 * @throws IOException if the index cannot be written
	 */
	void apply(List<Change> changes) throws IOException {
		try (IndexWriter writer = openWriter()) {
			for (Change change : changes) {
				Term id = new Term(ID, Long.toString(change.page().id()));
				if (change.isSearchable()) {
					writer.updateDocument(id, document(change.page()));
				}
				else {
					writer.deleteDocuments(id);
				}
			}
			mark(writer, store(), changes.get(changes.size() - 1).revision());
		}
	}

	private static Document document(Page page) {
		Document document = new Document();
		document.add(new StringField(ID, Long.toString(page.id()), Store.YES));
		document.add(new TextField(TITLE, page.title(), Store.NO));
		document.add(new TextField(TEXT, page.text(), Store.NO));
		return document;
	}

	/**
	 * Forget everything and follow a store from its beginning.
	 * @param store the identity of the store
	 * @throws IOException if the index cannot be written
	 */
	void follow(String store) throws IOException {
		try (IndexWriter writer = openWriter()) {
			writer.deleteAll();
			mark(writer, store, 0);
		}
	}

	private IndexWriter openWriter() throws IOException {
		return new IndexWriter(this.directory, new IndexWriterConfig(this.indexAnalyzer));
	}

	private static void mark(IndexWriter writer, String store, long revision) {
		writer.setLiveCommitData(Map.of(STORE, store, REVISION, Long.toString(revision)).entrySet());
	}

	/**
	 * The store that is followed.
	 * @return its identity; empty for a new index
	 * @throws IOException if the index cannot be read
	 */
	String store() throws IOException {
		return marks().getOrDefault(STORE, "");
	}

	/**
	 * The revision of the store up to which the index goes.
	 * @return 0 for an empty index
	 * @throws IOException if the index cannot be read
	 */
	long revision() throws IOException {
		return Long.parseLong(marks().getOrDefault(REVISION, "0"));
	}

	private Map<String, String> marks() throws IOException {
		return SegmentInfos.readLatestCommit(this.directory).userData;
	}

	int size() throws IOException {
		return search((searcher) -> searcher.getIndexReader().numDocs());
	}

	/**
	 * Find the pages that have all words of a query.
	 * @param text the query; words in quotes are a phrase, a minus excludes a word, an
	 * asterisk stands for the rest of one
	 * @param limit how many to return at most
	 * @return the pages, best first
	 * @throws IOException if the index cannot be read
	 */
	List<Match> find(String text, int limit) throws IOException {
		Query query = parse(text);
		return search((searcher) -> {
			List<Match> matches = new ArrayList<>();
			StoredFields fields = searcher.storedFields();
			for (ScoreDoc doc : searcher.search(query, limit).scoreDocs) {
				matches.add(new Match(Long.parseLong(fields.document(doc.doc).get(ID)), doc.score));
			}
			return matches;
		});
	}

	Query parse(String text) {
		SimpleQueryParser parser = new SimpleQueryParser(this.queryAnalyzer, WEIGHTS, OPERATORS);
		parser.setDefaultOperator(Occur.MUST);
		return parser.parse(text);
	}

	private <T> T search(SearchAction<T> action) throws IOException {
		this.searchers.maybeRefreshBlocking();
		IndexSearcher searcher = this.searchers.acquire();
		try {
			return action.apply(searcher);
		}
		finally {
			this.searchers.release(searcher);
		}
	}

	@Override
	public void close() {
		try (this.directory; this.lock; this.searchers) {
			this.indexAnalyzer.close();
			this.queryAnalyzer.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@FunctionalInterface
	private interface SearchAction<T> {

		T apply(IndexSearcher searcher) throws IOException;

	}

}

package io.supervisor.demo;

import java.util.Collection;
import java.util.Map;

import org.jgrapht.Graph;
import org.jgrapht.alg.scoring.PageRank;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;

/**
 * Computes how important pages are by who links to them.
 */
final class Ranks {

	private Ranks() {
	}

	/**
	 * Compute the rank of each page.
	 * @param pages the pages
	 * @param links the links between them; others are left out
	 * @return the ranks by page, which add up to one
	 */
	static Map<Long, Double> compute(Collection<Long> pages, Collection<Link> links) {
		Graph<Long, DefaultEdge> graph = new DefaultDirectedGraph<>(DefaultEdge.class);
		pages.forEach(graph::addVertex);
		for (Link link : links) {
			if (graph.containsVertex(link.source()) && graph.containsVertex(link.target())) {
				graph.addEdge(link.source(), link.target());
			}
		}
		return pages.isEmpty() ? Map.of() : new PageRank<>(graph).getScores();
	}

}

package io.supervisor.benchmarks;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The curves over the number of services. Nothing is behind them, and all colours are
 * half light and half dark, so that they can be seen on either kind of page.
 */
final class Plots {

	private static final Color TRANSPARENT = new Color(0, 0, 0, 0);

	private static final Color TEXT = new Color(0x80, 0x86, 0x8e);

	private static final Color GRID = new Color(0x80, 0x86, 0x8e, 0x50);

	private static final List<Color> COLOURS = List.of(new Color(0xd9480f), new Color(0x868e96), new Color(0x1c7ed6),
			new Color(0xae3ec9), new Color(0x0ca678), new Color(0x74b816), new Color(0xe64980), new Color(0x1098ad),
			new Color(0xf08c00));

	private static final Pattern DECIMALS = Pattern.compile("(\\d\\.\\d\\d)\\d+");

	private static final int[] SIZES = { 10, 100, 1000, 10_000, 100_000 };

	private Plots() {
	}

	static void write(Results results, Path directory) throws IOException {
		Files.createDirectories(directory);
		plot(results, "Start until all run", "start-cancellation", directory.resolve("benchmark-start"));
		plot(results, "First failure until all have ended", "fail-cancellation",
				directory.resolve("benchmark-fail-fast"));
		plot(results, "Stop until all have ended", "stop-cancellation", directory.resolve("benchmark-stop"));
	}

	private static void plot(Results results, String title, String step, Path file) throws IOException {
		XYChart chart = new XYChartBuilder().width(760)
			.height(460)
			.title(title + ", virtual threads")
			.xAxisTitle("services")
			.yAxisTitle("µs")
			.build();
		style(chart.getStyler());
		for (Subject subject : Subject.values()) {
			add(chart, results, subject, step);
		}
		if (!chart.getSeriesMap().isEmpty()) {
			VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
			shorten(Path.of(file + ".svg"));
		}
	}

	/**
	 * Text is drawn as outlines, with more decimals than anybody can see.
	 */
	private static void shorten(Path svg) throws IOException {
		Files.writeString(svg, DECIMALS.matcher(Files.readString(svg)).replaceAll("$1"));
	}

	private static void style(XYStyler styler) {
		styler.setXAxisLogarithmic(true);
		styler.setYAxisLogarithmic(true);
		styler.setLegendPosition(Styler.LegendPosition.OutsideE);
		styler.setLegendBorderColor(TRANSPARENT);
		styler.setPlotBorderVisible(false);
		styler.setChartBackgroundColor(TRANSPARENT);
		styler.setPlotBackgroundColor(TRANSPARENT);
		styler.setLegendBackgroundColor(TRANSPARENT);
		styler.setChartFontColor(TEXT);
		styler.setAxisTickLabelsColor(TEXT);
		styler.setAxisTickMarksColor(TEXT);
		styler.setXAxisTitleColor(TEXT);
		styler.setYAxisTitleColor(TEXT);
		styler.setPlotGridLinesColor(GRID);
		styler.setMarkerSize(6);
	}

	private static void add(XYChart chart, Results results, Subject subject, String step) {
		List<Integer> sizes = new ArrayList<>();
		List<Double> micros = new ArrayList<>();
		for (int size : SIZES) {
			OptionalDouble median = results.spread(subject.group(Threads.VIRTUAL, size, step)).median();
			if (median.isPresent()) {
				sizes.add(size);
				micros.add(median.getAsDouble() / 1000);
			}
		}
		if (sizes.isEmpty()) {
			return;
		}
		XYSeries series = chart.addSeries(subject.title(), sizes, micros);
		Color colour = COLOURS.get(subject.ordinal());
		series.setLineColor(colour);
		series.setMarkerColor(colour);
		series.setMarker(SeriesMarkers.CIRCLE);
		series.setLineStyle(new BasicStroke((subject == Subject.SUPERVISOR) ? 3 : 1.5f));
	}

}

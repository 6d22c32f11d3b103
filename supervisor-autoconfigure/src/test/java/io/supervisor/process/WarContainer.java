package io.supervisor.process;

import java.io.IOException;

import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.scan.StandardJarScanner;

/**
 * A servlet container with one application, until it is told to end.
 */
final class WarContainer {

	private WarContainer() {
	}

	/**
	 * Run the container.
	 * @param args the folder of the container, and that of the application
	 */
	public static void main(String[] args) throws LifecycleException, IOException {
		Tomcat tomcat = new Tomcat();
		tomcat.setBaseDir(args[0]);
		tomcat.setPort(0);
		tomcat.setAddDefaultWebXmlToWebapp(false);
		Context application = tomcat.addWebapp("", args[1]);
		((StandardJarScanner) application.getJarScanner()).setScanClassPath(false);
		tomcat.start();
		System.out.println("deployed");
		System.in.read();
		tomcat.stop();
		tomcat.destroy();
		System.out.println("undeployed");
	}

}

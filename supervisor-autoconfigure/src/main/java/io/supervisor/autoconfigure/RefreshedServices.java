package io.supervisor.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import io.supervisor.Service;
import io.supervisor.ServiceContext;
import io.supervisor.ServiceGroup;
import io.supervisor.ServiceSnapshot;
import io.supervisor.ServiceState;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.aop.target.AbstractBeanFactoryBasedTargetSource;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.cloud.context.scope.GenericScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.ApplicationListener;

/**
 * Starts services again whose bean was refreshed.
 * <p>
 * The proxy of such a bean holds a lock while it calls the bean, and a refresh waits for
 * that: for ever, where the call is the run of a service. So a run is called without the
 * proxy, on the bean that the scope has when it begins.
 */
final class RefreshedServices implements SmartInitializingSingleton, ApplicationListener<RefreshScopeRefreshedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(SupervisorAutoConfiguration.class);

	private final ServiceGroup group;

	private final ConfigurableListableBeanFactory beanFactory;

	RefreshedServices(ServiceGroup group, ConfigurableListableBeanFactory beanFactory) {
		this.group = group;
		this.beanFactory = beanFactory;
	}

	/**
	 * The proxies are there by now, and nothing has been started. A bean post-processor
	 * is not called for them.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		for (String name : this.beanFactory.getBeanNamesForType(Service.class, true, true)) {
			if (this.beanFactory.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(name))
					&& this.beanFactory.getBean(name) instanceof Advised proxy && !proxy.isFrozen()) {
				String target = refreshable(proxy);
				if (target != null) {
					proxy.addAdvice(0, new WithoutLock(this.beanFactory, target));
				}
			}
		}
	}

	@Override
	public void onApplicationEvent(RefreshScopeRefreshedEvent event) {
		List<String> restarted = new ArrayList<>();
		restart(this.group, "", event.getName(), restarted);
		if (!restarted.isEmpty()) {
			logger.info("Refreshed, and therefore started again: {}", String.join(", ", restarted));
		}
	}

	/**
	 * One that does not run now will find the new bean when it does.
	 */
	private void restart(ServiceGroup group, String path, String refreshed, List<String> restarted) {
		for (ServiceSnapshot service : group.services()) {
			String name = path + service.name();
			service.definition().group().ifPresent((nested) -> restart(nested, name + "/", refreshed, restarted));
			String bean = refreshable(service.definition().service());
			boolean runs = service.state() == ServiceState.STARTING || service.state() == ServiceState.RUNNING;
			if (runs && bean != null
					&& (refreshed.equals(bean) || refreshed.equals(RefreshScopeRefreshedEvent.DEFAULT_NAME)
							|| refreshed.equals(ScopedProxyUtils.getTargetBeanName(bean)))) {
				group.restart(service.name());
				restarted.add(name);
			}
		}
	}

	/**
	 * The name of the bean that a service is or stands for, if it is one that can be
	 * refreshed.
	 */
	private @Nullable String refreshable(Object service) {
		String bean = null;
		if (service instanceof ScopedService scoped) {
			bean = scoped.bean();
		}
		else if (service instanceof Advised proxy
				&& proxy.getTargetSource() instanceof AbstractBeanFactoryBasedTargetSource target) {
			bean = target.getTargetBeanName();
		}
		if (bean == null || !this.beanFactory.containsBeanDefinition(bean)) {
			return null;
		}
		String scope = this.beanFactory.getMergedBeanDefinition(bean).getScope();
		return (scope != null && this.beanFactory.getRegisteredScope(scope) instanceof GenericScope) ? bean : null;
	}

	private record WithoutLock(ConfigurableListableBeanFactory beanFactory,
			String target) implements MethodInterceptor {

		@Override
		public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
			@Nullable Object[] arguments = invocation.getArguments();
			if (invocation.getMethod().getName().equals("run") && arguments.length == 1
					&& arguments[0] instanceof ServiceContext context) {
				this.beanFactory.getBean(this.target, Service.class).run(context);
				return null;
			}
			return invocation.proceed();
		}

	}

}

package io.supervisor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Finds members by their names. Changed by the owner of the group only, read by any
 * thread without waiting.
 * <p>
 * A hash table with linear probing, at most half full. A map of the JDK would do, but
 * keeps an object of 32 bytes for each entry, and there may be a hundred thousand
 * members.
 */
final class MembersByName {

	private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Member[].class);

	/**
	 * A power of two long. Slots are filled but never emptied: a table without a member
	 * is another one.
	 */
	private volatile @Nullable Member[] slots = new Member[16];

	private int size;

	@Nullable Member get(String name) {
		@Nullable Member[] slots = this.slots;
		return at(slots, slotOf(slots, name));
	}

	/**
	 * Add a member whose name is not taken.
	 */
	void add(Member member) {
		@Nullable Member[] slots = this.slots;
		if (2 * (this.size + 1) > slots.length) {
			slots = fill(new Member[2 * slots.length], members());
			this.slots = slots;
		}
		put(slots, member);
		this.size++;
	}

	/**
	 * Short of memory nothing is removed.
	 */
	void remove(Member member) {
		@Nullable Member[] others = new Member[this.slots.length];
		for (Member other : this.slots) {
			if (other != null && other != member) {
				put(others, other);
			}
		}
		this.slots = others;
		this.size--;
	}

	/**
	 * The names, in no order. For the owner.
	 */
	List<String> names() {
		return members().stream().map(Member::name).toList();
	}

	private List<Member> members() {
		return Arrays.stream(this.slots).filter(Objects::nonNull).toList();
	}

	private static @Nullable Member[] fill(@Nullable Member[] slots, List<Member> members) {
		members.forEach((member) -> put(slots, member));
		return slots;
	}

	private static void put(@Nullable Member[] slots, Member member) {
		SLOT.setRelease(slots, slotOf(slots, member.name()), member);
	}

	/**
	 * Where the member of that name is, or would be.
	 */
	private static int slotOf(@Nullable Member[] slots, String name) {
		int hash = name.hashCode();
		int slot = (hash ^ (hash >>> 16)) & (slots.length - 1);
		for (Member member = at(slots, slot); member != null; member = at(slots, slot)) {
			if (member.name().equals(name)) {
				return slot;
			}
			slot = (slot + 1) & (slots.length - 1);
		}
		return slot;
	}

	private static @Nullable Member at(@Nullable Member[] slots, int slot) {
		return (Member) SLOT.getAcquire(slots, slot);
	}

}

"use strict";
// Follows /events and shows what changes. The page works without it.
(() => {
  const $ = (id) => document.getElementById(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const plural = (n, noun) => (n === 1 ? noun : noun + "s");
  const show = (id, text) => {
    const at = $(id);
    if (at && at.textContent !== text) at.textContent = text;
  };

  // The count in large digits. A digit that changes lights up for a moment.
  const draw = (number) => {
    const group = $("number");
    let x = 0;
    [...number].forEach((c, i) => {
      let use = group.children[i];
      const known = Boolean(use);
      if (!known) use = group.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "use"));
      if (use.getAttribute("href") !== "#glyph" + c) {
        use.setAttribute("href", "#glyph" + c);
        if (known && !calm.matches) {
          use.classList.add("changed");
          clearTimeout(use.timer);
          use.timer = setTimeout(() => use.classList.remove("changed"), 150);
        }
      }
      use.setAttribute("x", x);
      x += Number($("glyph" + c).dataset.width);
    });
    while (group.children.length > number.length) group.lastElementChild.remove();
    $("digits").setAttribute("viewBox", `0 0 ${x - 1} 14`);
  };

  // The chart of the last minute, as the server draws it.
  const chart = (clicks) => {
    const peak = Math.max(1, ...clicks);
    const bar = (n, i) => {
      const high = Math.max(1, Math.trunc((n * 48) / peak));
      return n ? `M${4 * i} 48v-${high}h3v${high}z` : "";
    };
    $("minute").firstElementChild.setAttribute("d", clicks.map(bar).join(""));
    show("clicks", grouped(clicks.reduce((a, b) => a + b, 0)));
  };

  // Screen readers hear the count at most twice a minute.
  let latest, spoken, spokenAt = Date.now();
  const speak = (text) => {
    show("spoken", text);
    spokenAt = Date.now();
  };
  const speakCount = () => {
    if (!latest || latest.total_text === spoken || Date.now() - spokenAt < 30000) return;
    spoken = latest.total_text;
    speak(`${spoken} clicks, ${latest.online} online`);
  };

  // The line below the bar shows the way to the next milestone or, for some seconds, the last one.
  let celebrated = 0, ahead = 0;
  const milestone = (e) => {
    const progress = $("progress");
    if (!progress) return;
    if (e.next_milestone) progress.value = (e.total - e.last_milestone) / (e.next_milestone - e.last_milestone);
    const toNext = e.next_milestone ? `${grouped(e.next_milestone - e.total)} more to ${grouped(e.next_milestone)}` : "";
    show("next", e.milestone ? `★ ${e.milestone_text} ★` : toNext);
    document.body.classList.toggle("celebrates", e.milestone > 0);
    if (e.milestone && e.milestone !== celebrated) {
      celebrated = e.milestone;
      speak(e.milestone_text);
    }
  };

  const saved = () => {
    if (!latest) return;
    const age = Math.max(0, Math.trunc((Date.now() + ahead - Date.parse(latest.last_flush)) / 1000));
    let text = `${age} s ago`;
    if (latest.database === "down") text = "database unreachable, nothing is lost";
    else if (!latest.last_flush) text = latest.unsaved ? "not yet" : "everything";
    else if (age >= 3600) text = `${Math.trunc(age / 3600)} h ago`;
    else if (age >= 60) text = `${Math.trunc(age / 60)} min ago`;
    show("saved", text);
  };

  const list = (id, items, fill) => {
    const at = $(id);
    if (at) at.replaceChildren(...items.map((item) => {
      const li = document.createElement("li");
      fill(li, item);
      return li;
    }));
  };

  const handlers = {
    hello(e) {
      ahead = e.now - Date.now();
    },
    count(e) {
      latest = e;
      draw(e.total_text);
      show("total", e.total_text);
      show("noun", plural(e.total, "click"));
      show("players", `${plural(e.total, "click")} by ${grouped(e.players)} ${plural(e.players, "player")}`);
      show("rate", e.clicks_per_second.toFixed(1));
      show("online", grouped(e.online));
      milestone(e);
      saved();
    },
    minute(e) {
      if ($("minute")) chart(e.clicks);
    },
    people(e) {
      const names = e.more ? [...e.names, `and ${grouped(e.more)} more`] : e.names;
      list("names", names, (li, name) => { li.textContent = name; });
      if ($("here")) $("here").hidden = !names.length;
    },
    news(e) {
      list("news", e.items, (li, item) => {
        const time = document.createElement("time"), text = document.createElement("span");
        time.dateTime = item.at;
        time.textContent = item.at.slice(11, 16);
        text.textContent = item.text;
        li.append(time, " ", text);
      });
      if ($("lately")) $("lately").hidden = !e.items.length;
    },
    leaders(e) {
      for (const id in e) list(id, e[id], (li, row) => {
        const name = document.createElement("span"), clicks = document.createElement("b");
        name.textContent = row.name;
        name.dataset.rank = row.rank;
        clicks.textContent = grouped(row.clicks);
        li.append(name, clicks);
      });
    },
  };

  const status = (text, state) => {
    const at = $("status");
    if (!at) return;
    show("status", text);
    at.className = "status " + state;
  };

  // A browser reconnects by itself, unless something answers that isn't the stream, such as a proxy
  // while the server restarts.
  const connect = () => {
    const source = new EventSource("/events");
    source.onopen = () => status("live", "live");
    source.onerror = () => {
      status("reconnecting", "lost");
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000 + 3000 * Math.random());
    };
    for (const name in handlers) source.addEventListener(name, (e) => handlers[name](JSON.parse(e.data)));
  };

  const copy = $("copy");
  if (copy) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText($("command").textContent);
        copy.textContent = "Copied";
      } catch {
        // Only HTTPS pages may write to the clipboard.
        getSelection().selectAllChildren($("command"));
        copy.textContent = "Selected";
      }
      setTimeout(() => { copy.textContent = "Copy"; }, 2000);
    });
  }
  setInterval(() => { saved(); speakCount(); }, 1000);
  connect();
})();

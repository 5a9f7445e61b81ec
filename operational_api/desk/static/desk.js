// The pages work without this. It only stops a second press while the first is under way,
// and lets a decline start by choosing zero.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  setTimeout(() => { delete form.dataset.sent; }, 8000); // a dropped link may be tried again: same key
});
